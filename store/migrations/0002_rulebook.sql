-- Rules in dated layers, what stations change about a departure, and what few
-- orders and tickets have. The rules of before become sheets of the national
-- layer.

CREATE TABLE rule_sheet (
  no        BIGINT PRIMARY KEY,
  scope     TEXT   NOT NULL,
  effective BIGINT NOT NULL,
  recorded  BIGINT NOT NULL,
  withdrawn BIGINT NOT NULL,
  author    TEXT   NOT NULL,
  reason    TEXT   NOT NULL,
  body      BYTEA  NOT NULL
);
INSERT INTO rule_sheet (no, scope, effective, recorded, withdrawn, author, reason, body)
  SELECT version, 'national', effective, effective, 0, author, reason, body FROM rules;
DROP TABLE rules;

ALTER TABLE departure ADD COLUMN ops TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN more TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket ADD COLUMN more TEXT NOT NULL DEFAULT '';
