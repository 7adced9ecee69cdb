-- The first page of GET /v1/feedback: what any list with the texts must read.
SELECT * FROM feedback JOIN feedback_texts ON feedback_texts.customer_id = feedback.customer_id AND feedback_texts.feedback_id = feedback.id
ORDER BY feedback.created_at DESC, feedback.id DESC LIMIT 51;
