const sheet = new CSSStyleSheet();
sheet.replaceSync(".dc-toolbar { display: none !important; }");

export default function ({ data }) {
  let frame;
  const bare = () => {
    const hosts = document.querySelectorAll(`${data.container} [data-testid=stBidiComponentIsolated]`);
    const root = [...hosts].map((host) => host.shadowRoot).find((shadow) => shadow?.querySelector(".dc-toolbar"));
    if (!root) frame = requestAnimationFrame(bare); // the canvas is not there yet
    else if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
  };
  bare();
  return () => cancelAnimationFrame(frame);
}
