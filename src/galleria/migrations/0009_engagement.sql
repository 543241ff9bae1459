-- What is on in the mall.
-- depends: 0002_malls
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA events;

CREATE TABLE events.event (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  title_zh text NOT NULL CHECK (title_zh <> ''),
  title_en text NOT NULL CHECK (title_en <> ''),
  text_zh text NOT NULL DEFAULT '',
  text_en text NOT NULL DEFAULT '',
  place_zh text NOT NULL DEFAULT '',
  place_en text NOT NULL DEFAULT '',
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
  picture text,
  state text NOT NULL DEFAULT 'published' CHECK (state IN ('published', 'cancelled')),
  PRIMARY KEY (mall_id, id)
);
CREATE INDEX event_when ON events.event (mall_id, starts_at);
