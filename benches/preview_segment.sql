-- The count of GET /v1/segments/{id}/preview for a segment of five leaves, as one writes it by hand.
SELECT COUNT(*) FROM customers c
JOIN (
    SELECT customer_id, SUM(CASE WHEN placed_at > :from THEN 1 ELSE 0 END) AS bought,
        SUM(CASE WHEN placed_at > :from THEN subtotal - refunded_total ELSE 0 END) AS spent, MAX(placed_at) AS last_at
    FROM orders WHERE order_type = 'sale' AND status IN ('paid', 'fulfilled', 'completed') AND placed_at <= :now GROUP BY customer_id
) o ON o.customer_id = c.id
JOIN (
    SELECT o.customer_id, SUM(l.quantity * l.unit_price - l.discount - l.refunded) AS spent
    FROM orders o
    JOIN order_lines l ON l.customer_id = o.customer_id AND l.order_id = o.id
    JOIN products p ON p.id = l.product_id
    JOIN categories g ON g.id = p.category_id
    WHERE o.order_type = 'sale' AND o.status IN ('paid', 'fulfilled', 'completed') AND o.placed_at > :from AND o.placed_at <= :now
        AND g.effective_value_class = 'high'
    GROUP BY o.customer_id
) l ON l.customer_id = c.id
WHERE c.lifecycle <> 'former' AND o.bought >= 2 AND o.spent >= 5000 AND l.spent >= 1000 AND o.last_at > :from;
