-- The first page of GET /v1/feedback?overdue=true&sort=due_at; `:now` is the present instant.
SELECT * FROM feedback JOIN feedback_texts ON feedback_texts.customer_id = feedback.customer_id AND feedback_texts.feedback_id = feedback.id
WHERE feedback.clock = 'running' AND feedback.due_at < :now
ORDER BY feedback.due_at, feedback.id LIMIT 51;
