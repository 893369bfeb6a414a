// People who work here: a hub is set up by its link, the administrator adds a clerk,
// who chooses a password, adds a passkey and signs in with both; a provider vouches
// for the clerk; and who is switched off is out at once. The browser has a virtual
// authenticator (WebAuthn's own, through the debugger).
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { start } from "./harness.mjs";

const chepiao = process.env.CHEPIAO ?? fileURLToPath(new URL("../bin/chepiao", import.meta.url));
const size = { viewport: { width: 1024, height: 768 } };
let stage, provider, data, hub;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

before(async () => {
  data = await mkdtemp(join(tmpdir(), "chepiao-staff-"));
  const port = await freePort();
  hub = `http://localhost:${port}`; // passkeys need a name, not a number
  const file = join(data, "oidc.json");
  provider = spawn(chepiao, ["fakes", "oidc", "--hub", hub, "--listen", "127.0.0.1:0", "--file", file], { stdio: ["ignore", "pipe", "inherit"] });
  await once(provider.stdout, "data");
  stage = await start({ command: [chepiao, "hub", join(data, "hub"), "--listen", `127.0.0.1:${port}`, "--public", hub, "--oidc", file, "--print-json"] });
});
after(async () => {
  provider?.kill();
  await stage?.stop();
  await rm(data, { recursive: true, force: true });
});

const setUp = () => execFileSync(chepiao, ["staff", "setup", join(data, "hub"), "--public", hub], { encoding: "utf8" }).match(/http\S+/)[0];
const mainText = (page) => page.locator("main").innerText();

async function signIn(page, no, password) {
  await page.goto(`${hub}/staff`);
  await page.fill("#staff", no);
  await page.fill("#password", password);
  await page.keyboard.press("Enter");
}

// authenticator gives a page's browser a passkey reader that always says yes.
async function authenticator(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return { count: async () => (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials.length, cdp, authenticatorId };
}

const adminWords = "nine long words that nobody else would think of";
const clerkWords = "the kettle in the break room sings";
let admin, clerk, reader;

test("a new hub is set up by its link, without a default password", async () => {
  admin = await stage.page("window", size);
  await admin.goto(setUp());
  await stage.axe(admin);
  await stage.shot(admin, "staff-set-up");
  await admin.fill("#staff", "9001");
  await admin.fill("#name", "陈静");
  await admin.fill("#password", adminWords);
  await admin.fill("#again", adminWords);
  await admin.keyboard.press("Enter");
  await admin.waitForURL(/staff\?done=1/);
  await stage.axe(admin);
  await stage.shot(admin, "staff-sign-in");
  await admin.fill("#staff", "9001");
  await admin.fill("#password", adminWords);
  await admin.keyboard.press("Enter");
  await admin.waitForURL(/\/staff\/accounts$/);
});

test("the administrator adds a clerk, who chooses a password by a link", async () => {
  await admin.fill("#staff", "1001");
  await admin.fill("#name", "王秀英");
  await admin.check("input[name=roles][value=clerk]");
  await admin.click("form[action='/staff/accounts'][method=post] button");
  const link = await admin.inputValue("section[role=status] input");
  assert.match(link, /\/staff\/password\?code=cpw_/);
  await stage.axe(admin);
  await stage.shot(admin, "staff-accounts");
  clerk = await stage.page("window", size);
  await clerk.goto(link.replace("127.0.0.1", "localhost"));
  await stage.axe(clerk);
  await clerk.fill("#password", clerkWords);
  await clerk.fill("#again", clerkWords);
  await clerk.keyboard.press("Enter");
  await clerk.waitForURL(/staff\?done=1/);
  await signIn(clerk, "1001", clerkWords);
  await clerk.waitForURL(/\/window/);
});

test("a passkey is added, and then needed beside the password", async () => {
  reader = await authenticator(clerk);
  await clerk.goto(`${hub}/staff/me`);
  await stage.axe(clerk);
  await clerk.click("a[href='/staff/me/key']");
  await clerk.fill("#name", "窗口指纹");
  await clerk.keyboard.press("Enter");
  await clerk.waitForURL(/saved=1$/);
  assert.match(await mainText(clerk), /窗口指纹/);
  assert.equal(await reader.count(), 1);
  await stage.shot(clerk, "staff-me");
  await clerk.click(".who button");
  await signIn(clerk, "1001", clerkWords);
  await clerk.locator("form[data-passkey=get]").waitFor();
  await stage.axe(clerk);
  await stage.shot(clerk, "staff-passkey");
  await clerk.click("form[data-passkey=get] button");
  await clerk.waitForURL(/\/window/);

  // The password alone opens nothing, and neither does another authenticator.
  const thief = await stage.page("window", size);
  await authenticator(thief);
  await signIn(thief, "1001", clerkWords);
  await thief.click("form[data-passkey=get] button");
  await thief.locator("[data-failed]:not([hidden])").waitFor();
  await thief.goto(`${hub}/window`);
  assert.match(thief.url(), /\/staff\?next=/);
  await thief.context().close();
});

test("a provider vouches for the clerk, and for nobody without an account", async () => {
  const page = await stage.page("window", size);
  await page.goto(`${hub}/staff?next=/staff/me`);
  await page.click("a[href^='/staff/oidc']");
  await page.click("#p1001");
  await page.waitForURL(/\/staff\/me$/);
  assert.match(await mainText(page), /王秀英/);
  await page.click(".who button");
  await page.click("a[href^='/staff/oidc']");
  await page.click("#p3001");
  await page.locator("#password-note").filter({ hasText: "没有员工账号" }).waitFor();
  await page.context().close();
});

test("who is switched off is out at once", async () => {
  await admin.goto(`${hub}/staff/accounts/1001`);
  await stage.axe(admin);
  assert.match(await mainText(admin), /staff_signed_in/);
  await stage.shot(admin, "staff-account");
  await admin.check("input[name=off]");
  await admin.click("form[action='/staff/accounts/1001'] button");
  await admin.waitForURL(/saved=1$/);
  await clerk.goto(`${hub}/window`);
  assert.match(clerk.url(), /\/staff\?next=/);
});
