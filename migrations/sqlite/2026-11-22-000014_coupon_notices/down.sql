DROP INDEX coupons_noticed_at_idx;
ALTER TABLE coupons DROP COLUMN noticed_at;
