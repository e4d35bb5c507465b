// Runs before the first paint, so that a dark page never flashes white. A file of its own: the
// content security policy then needs no exception for inline scripts.
(() => {
  let choice = "system";
  try {
    choice = localStorage.getItem("parley-theme") ?? "system";
  } catch {
    // Storage can be forbidden; the system's choice is a fine default.
  }
  const isDark =
    choice === "dark" ||
    (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", isDark);
})();
