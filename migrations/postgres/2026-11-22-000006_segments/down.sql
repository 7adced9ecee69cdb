DROP TABLE segment_members;
DROP TABLE segment_snapshots;
DROP TABLE segments;
