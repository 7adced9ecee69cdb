-- The figures of GET /v1/reports/feedback?group_by=type, without its totals.
SELECT feedback_type, count(*), count(*) FILTER (WHERE reopened_count > 0),
    count(*) FILTER (WHERE resolution_seconds IS NOT NULL OR reopened_count > 0), count(rating), avg(rating),
    count(*) FILTER (WHERE outcome = 'helped'), count(*) FILTER (WHERE outcome = 'not_helped'), count(*) FILTER (WHERE outcome = 'silence'),
    count(*) FILTER (WHERE first_answer_breached), count(*) FILTER (WHERE resolution_breached),
    percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY first_answer_seconds),
    percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY resolution_seconds)
FROM feedback WHERE created_at >= :from AND created_at < :now GROUP BY feedback_type ORDER BY count(*) DESC;
