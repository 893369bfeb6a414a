-- What looks at faces came to, by gate and day: counts and distances, never a face.
CREATE TABLE face_count (
  station BIGINT NOT NULL,
  day     BIGINT NOT NULL,
  device  TEXT   NOT NULL,
  what    TEXT   NOT NULL,
  bucket  BIGINT NOT NULL,
  n       BIGINT NOT NULL,
  PRIMARY KEY (station, day, device, what, bucket)
);
