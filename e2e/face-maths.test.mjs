// The plane geometry and the rules of a face, without a browser: known transforms are
// recovered, templates survive their journey, and frames are believed or not. The
// "model" is a list of what a camera's frames would have shown.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

const ts = createRequire(new URL("../web/package.json", import.meta.url))("typescript");
let folder, geometry, template, quality, gathering;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "chepiao-face-"));
  for (const name of ["geometry", "template", "quality", "gather"]) {
    const source = await readFile(new URL(`../web/src/face/${name}.ts`, import.meta.url), "utf8");
    const { outputText } = ts.transpileModule(source, { compilerOptions: { target: "ES2022", module: "ESNext", verbatimModuleSyntax: true } });
    await writeFile(join(folder, `${name}.mjs`), outputText.replaceAll(/from "\.\/(\w+)"/g, 'from "./$1.mjs"'));
  }
  [geometry, template, quality, gathering] = await Promise.all(["geometry", "template", "quality", "gather"].map((n) => import(pathToFileURL(join(folder, `${n}.mjs`)))));
});
after(() => rm(folder, { recursive: true, force: true }));

const near = (a, b, by = 1e-6) => assert.ok(Math.abs(a - b) < by, `${a} is not ${b}`);

// face makes 68 points of a plain face, its nose moved to one side, turned and scaled.
function face({ nose = 0, lean = 0, size = 100, x = 320, y = 240 } = {}) {
  const at = Array.from({ length: 68 }, (_, i) => ({ x: Math.cos(i) * 0.8, y: Math.sin(i) * 0.9 }));
  const both = (l, r, px, py) => ([at[l], at[r]] = [{ x: -px, y: py }, { x: px, y: py }]);
  for (const [r, l, px, py] of [[36, 45, 0.7, 0], [37, 44, 0.6, -0.1], [38, 43, 0.4, -0.1], [39, 42, 0.3, 0], [40, 47, 0.4, 0.1], [41, 46, 0.6, 0.1]]) both(r, l, px, py);
  at[30] = { x: nose, y: 0.6 };
  at[33] = { x: nose / 2, y: 0.75 };
  const a = (lean * Math.PI) / 180;
  return at.map((p) => ({ x: x + size * (p.x * Math.cos(a) - p.y * Math.sin(a)), y: y + size * (p.x * Math.sin(a) + p.y * Math.cos(a)) }));
}

test("a known similarity is recovered, and never a mirror", () => {
  const t = { a: 1.2, b: 0.5, c: -0.5, d: 1.2, e: 30, f: -7 };
  const from = face();
  const got = geometry.similarity(from, from.map((p) => geometry.moved(t, p)));
  for (const k of "abcdef") near(got[k], t[k]);
  const mirrored = geometry.similarity(from, from.map((p) => ({ x: -p.x, y: p.y })));
  near(mirrored.a, mirrored.d);
  near(mirrored.b, -mirrored.c);
  assert.equal(geometry.similarity([{ x: 1, y: 1 }, { x: 1, y: 1 }], [{ x: 0, y: 0 }, { x: 1, y: 1 }]), undefined);
});

test("the chip's template is dlib's", () => {
  // (0.25 + 0.8595674595992) / 1.5 * 150, and so on: get_face_chip_details with padding .25
  const want = [[110.95674595992, 46.34981538014], [89.60604764104, 47.89694], [37.05750620789, 46.37275], [58.40850613712, 47.90642], [74.01123135679, 87.77975]];
  geometry.chipTemplate.forEach((p, i) => (near(p.x, want[i][0], 1e-3), near(p.y, want[i][1], 1e-3)));
  const points = face({ lean: 12, size: 80 });
  const t = geometry.toChip(points);
  near(Math.atan2(t.b, t.a) * (180 / Math.PI), -12, 3); // upright again
});

test("roll, yaw, eye distance, mirror", () => {
  for (const lean of [-25, 0, 17]) near(geometry.roll(face({ lean })), lean);
  near(geometry.yaw(face()), 0);
  near(geometry.yaw(face({ nose: 0.2, lean: 17 })), 0.2);
  near(geometry.yaw(face({ nose: -0.2 })), -0.2);
  near(geometry.eyeDistance(face({ size: 60 })), 60);
  const points = face({ nose: 0.1 });
  const seenInMirror = geometry.other.map((i) => ({ x: 640 - points[i].x, y: points[i].y })); // what a perfect model finds there
  near(geometry.disagreement(points, geometry.unmirrored(seenInMirror, 640)), 0);
  assert.ok(geometry.disagreement(points, points.map((p, i) => ({ x: p.x + (i % 2 ? 30 : -30), y: p.y }))) > quality.limits.mirror);
  geometry.other.forEach((o, i) => assert.equal(geometry.other[o], i, "a mirror of a mirror"));
});

test("each flaw is named", () => {
  const seen = (points, more = {}) => ({ points, mirrored: points, share: 0, ...more });
  assert.equal(quality.flaw(undefined), "none");
  assert.equal(quality.flaw(seen(face())), "");
  assert.equal(quality.flaw(seen(face(), { share: 0.7 })), "several");
  assert.equal(quality.flaw(seen(face(), { share: 0.3 })), "", "people queue behind");
  assert.equal(quality.flaw(seen(face({ size: 39 }))), "far");
  assert.equal(quality.flaw(seen(face({ lean: 25 }))), "leaning");
  assert.equal(quality.flaw(seen(face({ nose: 0.3 }))), "turned");
  assert.equal(quality.flaw(seen(face({ nose: 0.3 })), true), "");
  assert.equal(quality.flaw(seen(face(), { mirrored: face({ x: 345 }) })), "odd");
});

test("a template travels unchanged; rounding never accepts", () => {
  const t = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i) / 9);
  assert.equal(atob(template.encode(t)).length, 512);
  assert.deepEqual(template.decode(template.encode(t)), t);
  for (const bad of ["", "AAAA", "!!", template.encode(t).slice(4)]) assert.equal(template.decode(bad), undefined);
  assert.equal(template.decode(template.encode(t.map((v, i) => (i ? v : NaN)))), undefined);
  near(template.distance(t, t), 0);
  near(template.distance(t, t.map((v, i) => v + (i < 4 ? 0.25 : 0))), 0.5, 1e-5);
  near(template.mean([t, t.map((v) => v + 1)])[3], t[3] + 0.5, 1e-5);
  assert.equal(template.thousandths(0.5001, "claimed"), 501);
  assert.equal(template.thousandths(0.5599, "other"), 559);
});

const person = (seed) => Float32Array.from({ length: 128 }, (_, i) => Math.sin(seed * (i + 1) * 1.7) * 0.1);
const looking = (who, more = {}, print) => ({ width: 640, height: 480, print: print ?? Math.random(), template: who, took: {}, face: { points: face(more), mirrored: face(more), share: 0, score: 1, ...more.seen } });

// run feeds looks to the gathering as a camera would.
async function run(looks, wish = {}) {
  const hints = [];
  let i = 0;
  const got = await gathering.gather(async () => (i < looks.length ? {} : undefined), { id: "", load: async () => {}, look: async () => looks[i++] }, { frames: 3, patience: 5000, turn: "", ...wish }, (h) => hints.push(h));
  return { ...got, hints };
}

test("frames are averaged, flawed ones told and left out", async () => {
  const a = person(1);
  const got = await run([looking(a, { lean: 30 }), looking(a), { ...looking(a), face: undefined, template: undefined }, looking(a), looking(a)]);
  assert.deepEqual([got.why, got.frames, got.hints], ["", 5, ["leaning", "look", "none", "look", "look"]]);
  near(template.distance(got.template, a), 0, 1e-5);
});

test("a picture that does not move is refused; a second person begins anew", async () => {
  const a = person(1);
  assert.equal((await run([looking(a, {}, 7), looking(a, {}, 7), looking(a, {}, 7)])).why, "still");
  const b = person(2);
  assert.ok(template.distance(a, b) > 0.5);
  const got = await run([looking(a), looking(a), looking(b), looking(b), looking(b)]);
  near(template.distance(got.template, b), 0, 1e-5);
});

test("the turn that was asked for, by the same person", async () => {
  const a = person(1);
  const ahead = [looking(a, { nose: -0.1 }), looking(a, { nose: -0.1 }), looking(a, { nose: -0.1 })];
  assert.equal((await run([...ahead, looking(a), looking(a, { nose: 0.15 })], { turn: "left" })).why, "");
  assert.equal((await run([...ahead, looking(a, { nose: 0.15 })], { turn: "right" })).template, undefined, "the other side");
  assert.equal((await run([...ahead, looking(a, { nose: -0.1 })], { turn: "left" })).template, undefined, "no turn");
  assert.equal((await run([...ahead, looking(person(2), { nose: 0.15 })], { turn: "left" })).why, "lost", "another person");
  assert.equal((await run([...ahead, looking(a, { seen: { share: 0.9 } })], { turn: "left" })).why, "lost", "two people");
});
