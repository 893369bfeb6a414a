// Counts the time left down and, when it is over, asks the server what became
// of the charge. Without it the page shows the time left when it was opened.
const left = document.getElementById("left");
if (left) {
  const end = performance.now() + Number(left.dataset.left) * 1000;
  const tick = () => {
    const s = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    left.textContent = String(Math.floor(s / 60)).padStart(2, "0") + ":" + String(s % 60).padStart(2, "0");
    left.classList.toggle("short", s < 60);
    if (s > 0) setTimeout(tick, 250);
    else setTimeout(() => location.reload(), 1000);
  };
  tick();
}
