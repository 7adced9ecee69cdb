-- The figures of GET /v1/reports/feedback?group_by=type, without its totals, as one writes them where there is no function for percentiles.
WITH ranked AS (
    SELECT feedback_type, reopened_count, rating, outcome, first_answer_seconds, first_answer_breached, resolution_seconds, resolution_breached,
        row_number() OVER (PARTITION BY feedback_type ORDER BY first_answer_seconds IS NULL, first_answer_seconds) AS first_answer_rank,
        count(first_answer_seconds) OVER (PARTITION BY feedback_type) AS first_answers,
        row_number() OVER (PARTITION BY feedback_type ORDER BY resolution_seconds IS NULL, resolution_seconds) AS resolution_rank,
        count(resolution_seconds) OVER (PARTITION BY feedback_type) AS resolutions
    FROM feedback WHERE created_at >= :from AND created_at < :now
)
SELECT feedback_type, count(*), sum(reopened_count > 0), sum(resolution_seconds IS NOT NULL OR reopened_count > 0), count(rating), avg(rating),
    sum(outcome = 'helped'), sum(outcome = 'not_helped'), sum(outcome = 'silence'), sum(first_answer_breached), sum(resolution_breached),
    min(CASE WHEN first_answer_rank * 2 >= first_answers THEN first_answer_seconds END),
    min(CASE WHEN first_answer_rank * 10 >= first_answers * 9 THEN first_answer_seconds END),
    min(CASE WHEN resolution_rank * 2 >= resolutions THEN resolution_seconds END),
    min(CASE WHEN resolution_rank * 10 >= resolutions * 9 THEN resolution_seconds END)
FROM ranked GROUP BY feedback_type ORDER BY count(*) DESC;
