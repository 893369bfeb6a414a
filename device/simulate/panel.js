// The panel of the simulated devices: it shows what the server says of them, twice
// a second, and sends what is done to them.
const at = (id) => document.getElementById(id);
let post = new URLSearchParams(location.search).get("post") ?? "window";
let state;
let drawn = "";
let acts = 0; // done so far
let under = 0; // of them under way

async function act(part, what) {
  acts++;
  under++;
  try {
    await fetch(`/device/panel/${post}/${part}`, { method: "POST", body: JSON.stringify(what) });
  } catch {
    // The program is being restarted: the next look draws what holds.
  } finally {
    under--;
  }
  await look();
}

// look draws what the server says, unless something was done since it was asked: that
// answer may be older, and would put a switch back under the finger that turned it.
async function look() {
  if (under) return;
  const asked = acts;
  try {
    const answer = await fetch("/device/panel/state");
    if (!answer.ok) return;
    const said = await answer.json();
    if (asked !== acts) return;
    state = said;
    draw();
  } catch {
    // The program is being restarted.
  }
}

function card(c) {
  const e = document.createElement("button");
  e.className = "card";
  e.type = "button";
  const i = Object.assign(document.createElement("i"), { textContent: c.kind_zh ?? "居民身份证" });
  const b = Object.assign(document.createElement("b"), { textContent: c.other ? `${c.name} ${c.other}` : c.name });
  const n = Object.assign(document.createElement("code"), { textContent: c.number });
  const d = Object.assign(document.createElement("i"), { textContent: `${c.born ? `${c.born} 生 · ` : ""}有效期至 ${c.expires || "长期"}` });
  e.append(i, b, n, d);
  return e;
}

function says(id, kind, text) {
  at(id).dataset.state = kind;
  at(id).textContent = text;
}

function draw() {
  const here = state.posts[post];
  for (const tab of document.querySelectorAll("[data-post]")) {
    tab.hidden = !state.posts[tab.dataset.post];
    tab.setAttribute("aria-selected", String(tab.dataset.post === post));
  }
  if (!here) {
    post = Object.keys(state.posts)[0];
    return draw();
  }
  const { reader, scanner, printer } = here;
  if (!at("cards").childElementCount) {
    state.cards.forEach((c, i) => {
      const e = card(c);
      e.addEventListener("click", () => act("reader", { do: "put", card: i }));
      at("cards").append(e);
    });
  }
  const key = `${post} ${reader.card}`;
  if (key !== drawn) {
    drawn = key;
    const lying = reader.card < 0 ? "把证件放在这里 Put a card here" : state.cards[reader.card] ? card(state.cards[reader.card]) : "其他证件 Another card";
    at("pad").replaceChildren(lying);
    if (lying.addEventListener) lying.addEventListener("click", () => act("reader", { do: "take" }));
  }
  at("take").disabled = reader.card < 0;
  at("reader-plug").checked = reader.plugged;
  if (document.activeElement !== at("reader-fault")) at("reader-fault").value = reader.fault;
  if (!reader.plugged) says("reader-says", "bad", "插头已拔 Unplugged");
  else if (reader.fault) says("reader-says", "warn", "有故障 Faulty");
  else says("reader-says", "ok", reader.card < 0 ? "空闲 Idle" : "有证件 A card lies on it");
  at("scanner-plug").checked = scanner.plugged;
  for (const e of document.querySelectorAll(".drawer")) e.hidden = post !== "window";
  says("drawer", printer.drawer ? "warn" : "ok", `${printer.drawer ? "打开 Open" : "关着 Shut"} · 弹开 ${printer.kicks} 次`);
  at("shut").disabled = !printer.drawer;
  at("printer-plug").checked = printer.plugged;
  at("cover").checked = printer.cover;
  at("dead").checked = printer.dead;
  at("clear").disabled = !printer.jam;
  if (document.activeElement !== at("left")) at("left").value = printer.left;
  if (!printer.plugged) says("printer-says", "bad", "插头已拔 Unplugged");
  else if (printer.jam) says("printer-says", "bad", "卡纸 Jammed");
  else if (printer.cover) says("printer-says", "bad", "盖板打开 Cover open");
  else if (printer.left <= 0) says("printer-says", "bad", "缺纸 Out of paper");
  else if (printer.stuck) says("printer-says", "warn", printer.stuck === "jam" ? "下一张会卡纸 The next slip will jam" : "下一张会缺纸 It will run out");
  else if (printer.left <= 6) says("printer-says", "warn", "纸将尽 Paper low");
  else says("printer-says", "ok", "正常 Ready");
  slips(printer.slips);
}

let slipsDrawn = "";
function slips(list) {
  const key = post + JSON.stringify(list);
  if (key === slipsDrawn) return;
  slipsDrawn = key;
  if (!list.length) {
    at("slips").replaceChildren(Object.assign(document.createElement("p"), { className: "empty", textContent: "还没有打印 Nothing was printed yet" }));
    return;
  }
  at("slips").replaceChildren(...list.map((s) => {
    const f = document.createElement("figure");
    f.className = s.torn ? "slip torn" : "slip";
    f.dataset.no = s.no;
    f.append(Object.assign(document.createElement("figcaption"), { textContent: s.torn ? `第 ${s.no} 张 · 打印中断 torn` : `第 ${s.no} 张 · no. ${s.no}` }));
    const at = `/device/panel/${post}/slips/${s.no}`;
    fetch(at).then(async (answer) => {
      if (answer.headers.get("Content-Type") === "image/png") {
        const img = document.createElement("img");
        img.alt = await (await fetch(`${at}?as=text`)).text();
        img.src = at;
        f.append(img);
      } else f.append(Object.assign(document.createElement("pre"), { textContent: await answer.text() }));
    });
    return f;
  }));
}

for (const tab of document.querySelectorAll("[data-post]")) {
  tab.addEventListener("click", () => {
    post = tab.dataset.post;
    history.replaceState(null, "", `?post=${post}`);
    draw();
  });
}
const click = (id, part, what) => at(id).addEventListener("click", () => act(part, what));
const flip = (id, part, what) => at(id).addEventListener("change", (e) => act(part, { do: what, on: e.target.checked }));
click("take", "reader", { do: "take" });
click("shut", "printer", { do: "shut" });
click("out", "printer", { do: "paper", left: 0 });
click("low", "printer", { do: "paper", left: 5 });
click("roll", "printer", { do: "paper", left: 60 });
click("stick-jam", "printer", { do: "stick", text: "jam" });
click("stick-out", "printer", { do: "stick", text: "out" });
click("clear", "printer", { do: "clear" });
flip("reader-plug", "reader", "plug");
flip("scanner-plug", "scanner", "plug");
flip("printer-plug", "printer", "plug");
flip("cover", "printer", "cover");
flip("dead", "printer", "dead");
at("left").addEventListener("change", (e) => act("printer", { do: "paper", left: Number(e.target.value) }));
at("reader-fault").addEventListener("change", (e) => act("reader", { do: "fault", text: e.target.value }));
at("scan").addEventListener("submit", (e) => {
  e.preventDefault();
  const text = at("code").value.trim();
  if (text) act("scanner", { do: "scan", text });
});
at("paycode").addEventListener("click", () => {
  at("code").value = "13" + Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b % 10).join("");
  act("scanner", { do: "scan", text: at("code").value });
});
at("other").addEventListener("submit", (e) => {
  e.preventDefault();
  const f = new FormData(e.target);
  act("reader", { do: "put", other: { name: f.get("name"), number: f.get("number") } });
});
await look();
setInterval(look, 500);
