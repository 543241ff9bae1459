-- People who carry: riders bring goods to doors, runners bags through the mall. They work for the mall, not for a shop.
-- depends: 0001_platform
SET LOCAL lock_timeout = '5s';

ALTER TABLE platform.staff_grant
  DROP CONSTRAINT staff_grant_role_check,
  DROP CONSTRAINT staff_grant_check,
  ADD CONSTRAINT staff_grant_role_check
    CHECK (role IN ('operator', 'merchant_manager', 'clerk', 'guide', 'rider', 'runner')),
  ADD CONSTRAINT staff_grant_check
    CHECK (role IN ('operator', 'rider', 'runner') OR merchant_id IS NOT NULL OR shop_id IS NOT NULL);
