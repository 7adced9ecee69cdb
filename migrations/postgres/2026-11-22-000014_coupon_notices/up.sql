-- When its holder was told that a coupon expires soon; once. The index holds those who are to be told when its batch's time comes.
ALTER TABLE coupons ADD COLUMN noticed_at timestamptz;
CREATE INDEX coupons_noticed_at_idx ON coupons (batch_id, id)
    WHERE noticed_at IS NULL AND customer_id <> id AND (uses IS NULL OR uses > reserved + redeemed);
