// Paying inside WeChat: its browser brings a bridge to the app, which takes what
// the server has signed, asks the payer and says how it went. What counts is what
// the server hears from the firm: the order's page asks there.

interface Bridge {
  invoke(name: string, args: unknown, done: (answer: { err_msg: string }) => void): void;
}

declare global {
  interface Window {
    WeixinJSBridge?: Bridge;
  }
}

/** Calls the app where the page says so, at once and again when the payer asks for it. */
export function inApp(): void {
  const page = document.querySelector<HTMLElement>("[data-inapp]");
  if (!page) return;
  const said = page.querySelector<HTMLElement>("[data-said]")!;
  const again = document.querySelector<HTMLElement>("[data-again]")!;
  const text = said.textContent;
  const call = () => {
    said.textContent = text;
    again.hidden = true;
    window.WeixinJSBridge!.invoke("getBrandWCPayRequest", JSON.parse(page.dataset.inapp!), ({ err_msg: how }) => {
      if (how === "get_brand_wcpay_request:ok") return location.replace(page.dataset.link!);
      said.textContent = (how === "get_brand_wcpay_request:cancel" ? said.dataset.gone : said.dataset.failed)!;
      again.hidden = false;
    });
  };
  again.addEventListener("click", call);
  if (window.WeixinJSBridge) call();
  else document.addEventListener("WeixinJSBridgeReady", call, { once: true });
}
