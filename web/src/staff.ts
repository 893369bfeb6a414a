// Passkeys: a form that has a question for one lets the browser answer it before it
// is sent. And where nobody is signed in, nothing of a manifest stays on the machine.
// Everything else about staff works without a script.
import { able, drop } from "./desk/kept";

type Json = { toJSON(): unknown };
const maker = globalThis.PublicKeyCredential as unknown as {
  parseCreationOptionsFromJSON(o: unknown): PublicKeyCredentialCreationOptions;
  parseRequestOptionsFromJSON(o: unknown): PublicKeyCredentialRequestOptions;
};

async function answer(form: HTMLFormElement): Promise<unknown> {
  const options: unknown = JSON.parse(form.dataset.options ?? "{}");
  const got =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: maker.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: maker.parseRequestOptionsFromJSON(options) });
  return (got as unknown as Json).toJSON();
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  const failed = form.querySelector<HTMLElement>("[data-failed]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (failed) failed.hidden = true;
    answer(form).then(
      (json) => {
        form.querySelector<HTMLInputElement>("[name=answer]")!.value = JSON.stringify(json);
        form.submit();
      },
      () => {
        if (failed) failed.hidden = false;
      },
    );
  });
}

// The page that was left tried this too, but waits for no slow disk.
if (document.querySelector("[data-nobody]") && able()) void drop().catch(() => undefined);
