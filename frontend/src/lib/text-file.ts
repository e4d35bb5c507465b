/** Hands a text that this page holds to the browser as a file to keep. */

export function saveAsFile(name: string, text: string, type = "text/plain"): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has to begin with the download before the address may go.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
