// Reads `go test -json` on standard input and prints what a person wants to
// see: one line a package, everything a failing test said, and which tests
// were skipped and why. The skipped ones also go to the file named by the first
// argument, one a line, so that .ci/run can refuse some reasons.
import { createInterface } from "node:readline";
import { writeFileSync } from "node:fs";

const said = new Map(); // "package test" → its output lines
const skipped = [];
let passed = 0;
let failed = 0;

const key = (e) => `${e.Package ?? e.ImportPath ?? ""} ${e.Test ?? ""}`;

function ended(e) {
  const lines = said.get(key(e)) ?? [];
  said.delete(key(e));
  const seconds = `${(e.Elapsed ?? 0).toFixed(1)} s`;
  if (e.Test) {
    if (e.Action === "pass") passed++;
    if (e.Action === "fail") {
      failed++;
      process.stdout.write(`\nFAIL ${e.Package} ${e.Test} (${seconds})\n${lines.join("")}`);
    }
    if (e.Action === "skip") skipped.push(`${e.Package} ${e.Test}: ${reason(lines)}`);
    return;
  }
  if (e.Action === "fail") process.stdout.write(`${unended(e.Package)}${lines.join("")}FAIL ${e.Package} (${seconds})\n`);
  if (e.Action === "pass") console.log(`ok   ${e.Package} (${seconds})`);
}

// unended is what the tests said that were running when their package died.
function unended(name) {
  let text = "";
  for (const [k, lines] of said) {
    if (!k.startsWith(`${name} `)) continue;
    text += lines.join("");
    said.delete(k);
  }
  return text;
}

// reason is what a skipped test said, without the frame lines of go test.
function reason(lines) {
  return lines
    .map((l) => l.trim())
    .filter((l) => l && !l.startsWith("===") && !l.startsWith("---"))
    .join(" ");
}

for await (const line of createInterface({ input: process.stdin })) {
  let e;
  try {
    e = JSON.parse(line);
  } catch {
    console.log(line); // not an event: go itself has something to say
    continue;
  }
  if (e.Action === "output") {
    if (!said.has(key(e))) said.set(key(e), []);
    said.get(key(e)).push(e.Output);
  } else if (e.Action === "build-output") {
    process.stdout.write(e.Output);
  } else if (["pass", "fail", "skip"].includes(e.Action)) {
    ended(e);
  }
}

writeFileSync(process.argv[2], skipped.map((s) => `${s}\n`).join(""));
console.log(`\n${passed} Go tests passed, ${failed} failed, ${skipped.length} skipped`);
for (const s of skipped) console.log(`  skipped ${s}`);
