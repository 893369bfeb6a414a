// A supervisor sets one of a station's rules to yes on the desk's page.
//
//   await switchOn(stage, "130102SJZ", "face_use");
export async function switchOn(stage, station, rule) {
  const desk = await stage.page("gate");
  await desk.goto(new URL(`/desk/rules?scope=station:${station}`, stage.urls.url).href);
  await desk.fill("#q", rule);
  await desk.waitForFunction((rule) => !document.querySelector("#r-advance_days") && document.querySelector(`#r-${rule}`), rule);
  await desk.check(`#r-${rule} input`);
  await desk.click("#rules button[type=submit]");
  await desk.selectOption(`#v_${rule}`, "yes");
  await desk.fill("#reason", "trial");
  await desk.click("button[value=preview]");
  await desk.locator("#preview").waitFor();
  await desk.click("button[value=set]");
  await desk.waitForURL(/done=/);
  await desk.context().close();
}
