const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  .dc-toolbar { display: none !important; }
  .upper-canvas:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }
`);

export default function ({ data }) {
  let frame;
  const bare = () => {
    const hosts = document.querySelectorAll(`${data.container} [data-testid=stBidiComponentIsolated]`);
    const root = [...hosts].map((host) => host.shadowRoot).find((shadow) => shadow?.querySelector(".dc-toolbar"));
    const surface = root?.querySelector(".upper-canvas");
    if (!surface) return void (frame = requestAnimationFrame(bare)); // the canvas is not there yet
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
    surface.tabIndex = 0;
    surface.setAttribute("role", "img");
    surface.setAttribute("aria-label", data.name);
  };
  bare();
  return () => cancelAnimationFrame(frame);
}
