// Copies a share link. Without a script it can be marked and copied by hand.
(() => {
  const field = document.querySelector("[data-copy-from]");
  const button = document.querySelector("[data-copy]");
  if (!field || !button) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // Old browsers and pages without https have only this.
      document.execCommand("copy");
    }
    button.textContent = button.dataset.done;
  });
})();
