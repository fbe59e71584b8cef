// Puts a text onto the clipboard.

// -> whether it is there; where the clipboard is refused, a window shows the text to be copied by hand.
export async function copied(text, help) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    window.prompt(help, text);
    return false;
  }
}
