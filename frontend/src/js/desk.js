// The one field of the desk: a scanner types wherever the focus is, and a camera reads labels.
const TYPING = "input, textarea, select, [contenteditable]";
const FORMATS = ["qr_code", "code_128", "code_39", "ean_13", "ean_8"];
const EVERY_MS = 200;

export function tendDesk() {
  const form = document.querySelector("form[data-k-desk]");
  if (!form) return;
  const input = form.elements.q;
  document.addEventListener("keydown", (event) => {
    const plain = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (plain && !event.target.closest(TYPING)) input.focus();
  });
  offerCamera(form, input);
}

function offerCamera(form, input) {
  const button = form.querySelector("[data-k-camera]");
  if (!button || !("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const video = form.querySelector("video");
  let stream = null;

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.hidden = true;
    button.setAttribute("aria-pressed", "false");
  }

  async function look(detector) {
    while (stream) {
      const [found] = await detector.detect(video).catch(() => []);
      if (found?.rawValue) {
        input.value = found.rawValue;
        stop();
        form.requestSubmit();
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  button.hidden = false;
  button.addEventListener("click", async () => {
    if (stream) return stop();
    try {
      const known = await BarcodeDetector.getSupportedFormats();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      button.setAttribute("aria-pressed", "true");
      await video.play();
      await look(new BarcodeDetector({ formats: FORMATS.filter((each) => known.includes(each)) }));
    } catch (error) {
      stop();
      console.warn(error); // no camera, or not allowed: the field is still there
    }
  });
  window.addEventListener("pagehide", stop);
}
