// The link is made at the click: only then is it known where the player's cursor stands.

import { copied } from "../dom/copying.js";

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector(".copy-link");
  const { parameters, words } = data;
  button.textContent = words.copy;
  button.title = words.help;
  button.onclick = async () => {
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(parameters)) {
      if (!refines(url.searchParams.get(name), value)) url.searchParams.set(name, value);
    }
    history.replaceState(history.state, "", url); // the address bar has it too, where a clipboard is refused
    button.dataset.link = url.href;
    if (await copied(url.href, words.help)) button.textContent = words.copied;
  };
}

// Whether the URL says the same as it is now: RUN or RUN@STEP, as the training film stands, for the server's RUN@OTHER.
const refines = (said, value) => said?.split("@")[0] === value.split("@")[0];
