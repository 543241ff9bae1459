-- Members of a group, their one-time codes; staff accounts; messages sent to people.
-- depends: 0002_malls
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA members;

CREATE TABLE members.member (
  group_id uuid NOT NULL REFERENCES malls.mall_group,
  id uuid NOT NULL,
  phone text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
  name text NOT NULL DEFAULT '',
  locale text NOT NULL DEFAULT 'zh-CN' CHECK (locale IN ('zh-CN', 'en')),
  joined_mall_id uuid,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (group_id, id),
  UNIQUE (group_id, phone)
);

CREATE TABLE members.login_code (
  group_id uuid NOT NULL,
  phone text NOT NULL,
  code_hash bytea NOT NULL,
  tries_left smallint NOT NULL CHECK (tries_left >= 0),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (group_id, phone)
);

CREATE SCHEMA staff;

CREATE TABLE staff.account (
  group_id uuid NOT NULL REFERENCES malls.mall_group,
  id uuid NOT NULL,
  login text NOT NULL CHECK (login = lower(login) AND length(login) BETWEEN 3 AND 80),
  name text NOT NULL,
  password_hash text NOT NULL,
  totp_secret text,
  totp_confirmed boolean NOT NULL DEFAULT false,
  totp_last_step bigint NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (group_id, id),
  UNIQUE (login),
  UNIQUE (id)
);

CREATE SCHEMA notifications;

CREATE TABLE notifications.message (
  group_id uuid NOT NULL,
  id uuid NOT NULL,
  channel text NOT NULL CHECK (channel IN ('sms')),
  recipient text NOT NULL,
  body text NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  sent_at timestamptz,
  error text,
  PRIMARY KEY (group_id, id)
);
CREATE INDEX message_created ON notifications.message (created_at);
CREATE INDEX message_recipient ON notifications.message (group_id, recipient, id DESC);
