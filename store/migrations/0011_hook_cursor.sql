-- Messages are numbered in lanes, so a webhook has a place in each lane. One that
-- is there already has taken what it took of its lane, everything of the lanes
-- before it, and nothing of those after it.

CREATE TABLE hook_cursor (
  hook    BIGINT NOT NULL,
  lane    BIGINT NOT NULL,
  message BIGINT NOT NULL,
  PRIMARY KEY (hook, lane)
) CLUSTERED;

INSERT INTO hook_cursor (hook, lane, message)
  SELECT hook.id, lane.id, CASE WHEN lane.id = hook.message / 1000000000 THEN hook.message ELSE lane.id * 1000000000 + lane.next_id END
  FROM hook CROSS JOIN lane WHERE lane.id <= hook.message / 1000000000;

ALTER TABLE hook DROP COLUMN message;
