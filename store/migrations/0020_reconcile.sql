-- Days of channels held against our books, and the movements of a day found quickly.
CREATE TABLE reconciled (
  channel TEXT   NOT NULL,
  day     BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  unsettled BIGINT NOT NULL,
  body    TEXT   NOT NULL,
  PRIMARY KEY (channel, day)
);
CREATE INDEX payment_day ON payment (channel, created) WHERE channel <> 'cash';
CREATE INDEX payback_day ON payback (channel, created) WHERE channel <> 'cash';
