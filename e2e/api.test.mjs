// A programmer reads the API's documentation page and tries a request from it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";

let stage;
before(async () => (stage = await start()));
after(() => stage?.stop());

test("the documentation page shows every part and answers a request", async () => {
  const page = await stage.page("window");
  const complaints = [];
  page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
  await page.goto(`${stage.urls.api}/docs`);
  await page.getByText("Hold seats").waitFor();
  for (const part of ["timetable", "orders", "tickets", "staff", "node"]) await page.locator(`#operations-tag-${part}`).waitFor();
  await stage.shot(page, "api-docs");

  const network = page.locator("#operations-timetable-getNetwork");
  await network.getByRole("button", { name: /What is sold here|network/ }).first().click();
  await network.getByRole("button", { name: "Execute" }).click();
  const answer = network.locator(".responses-table.live-responses-table");
  await answer.getByText('"currency"').waitFor();
  await stage.shot(page, "api-docs-answer");
  assert.deepEqual(complaints, []);
});
