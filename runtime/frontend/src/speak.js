// Sentences read aloud by the phone itself, where no recording is there. Only voices on the phone: others
// would send what is read to their maker.

const synthesis = window.speechSynthesis;

function voiceOf(language) {
  return synthesis.getVoices().find(
    (voice) => voice.localService && voice.lang.toLowerCase().split(/[-_]/)[0] === language,
  );
}

function offer() {
  document.querySelectorAll("[data-speak]").forEach((button) => {
    button.hidden = !voiceOf(button.dataset.language);
  });
}

function speak(button) {
  const said = new SpeechSynthesisUtterance(button.dataset.speak);
  said.voice = voiceOf(button.dataset.language);
  said.lang = said.voice.lang;
  said.rate = 0.9;
  synthesis.cancel();
  synthesis.speak(said);
}

if (synthesis) {
  // Browsers learn of their voices after the page is there.
  synthesis.onvoiceschanged = offer;
  document.addEventListener("DOMContentLoaded", offer);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-speak]");
    if (button) speak(button);
  });
}
