// How well the gate's model tells people apart on an operator's own pictures:
//
//   npm run face-roc -- FOLDER        one folder a person, with that person's pictures
//   npm run face-roc -- FOLDER --all  also pictures that the quality gate refuses
//
// It runs the gate's own code in Chromium on this machine; no picture leaves it, and
// nothing is written but the table on standard output.
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openLab } from "./face-lab.mjs";

const folder = process.argv[2];
const describe = process.argv.includes("--all") ? "always" : "facing";
if (!folder) {
  console.error("usage: npm run face-roc -- FOLDER [--all]   (one folder a person)");
  process.exit(2);
}
const distance = (a, b) => Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0));
const share = (list, good) => (list.length ? list.filter(good).length / list.length : NaN);
const percent = (x) => (Number.isNaN(x) ? "–" : (100 * x).toFixed(2) + " %").padStart(9);

const lab = await openLab();
console.log(`ready in ${Math.round(await lab.load())} ms`);
const people = new Map();
const took = [];
let [pictures, refused] = [0, 0];
for (const entry of (await readdir(resolve(folder), { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
  if (!entry.isDirectory()) continue;
  const own = [];
  for (const file of (await readdir(join(resolve(folder), entry.name))).sort()) {
    if (!/\.(jpe?g|png|webp)$/i.test(file)) continue;
    pictures++;
    const seen = await lab.look(join(resolve(folder), entry.name, file), describe);
    if (!seen.template) {
      refused++;
      continue;
    }
    took.push(seen.took.find + seen.took.points + seen.took.describe);
    own.push(seen.template);
  }
  people.set(entry.name, own);
}
await lab.close();

const [same, different] = [[], []];
const all = [...people.values()];
all.forEach((own, p) =>
  own.forEach((a, i) => {
    for (const b of own.slice(i + 1)) same.push(distance(a, b));
    for (const others of all.slice(p + 1)) for (const b of others) different.push(distance(a, b));
  }),
);
took.sort((a, b) => a - b);
console.log(`${people.size} people, ${pictures} pictures, ${refused} of them refused by the quality gate; ${Math.round(took[took.length >> 1] ?? 0)} ms a picture (median)`);
console.log(`${same.length} pairs of one person, ${different.length} of two\n\ndistance   known    strangers taken for each other`);
for (let d = 0.3; d < 0.625; d += 0.02) console.log(`  ${d.toFixed(2)}  ${percent(share(same, (x) => x <= d))}  ${percent(share(different, (x) => x <= d))}`);

// The gate's own question: first picture enrolled, the others come to the gate, everybody else is the cohort.
let [tries, accepted] = [0, 0];
let [impostors, passed] = [0, 0];
const few = all.filter((o) => o.length).length < 15;
const decide = (picture, claimed) => {
  const d = distance(picture, all[claimed][0]);
  const nearest = Math.min(Infinity, ...all.filter((o, p) => p !== claimed && o.length).map((o) => distance(picture, o[0])));
  return d <= (few ? 0.42 : 0.5) && d + 0.06 <= nearest;
};
all.forEach((own, p) =>
  own.slice(1).forEach((picture) => {
    tries++;
    accepted += decide(picture, p);
    all.forEach((others, q) => {
      if (q === p || !others.length) return;
      impostors++;
      passed += decide(picture, q);
    });
  }),
);
console.log(`\nas the gate decides (${few ? "few enrolled: 0.42" : "0.50"}, margin 0.06): known ${percent(tries ? accepted / tries : NaN).trim()} of ${tries}, wrong person passed ${percent(impostors ? passed / impostors : NaN).trim()} of ${impostors}`);
