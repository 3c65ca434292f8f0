/** The two tones, in hertz, and how long each is heard, in seconds. */
const TONES = [659.25, 880];
const LENGTH = 0.14;
const LOUDNESS = 0.06;

let context = null;

/**
 * A short sound of two tones. Browsers let a page be heard only after somebody has touched it; until then, nothing is.
 */
export function chime() {
  if (!navigator.userActivation.hasBeenActive) return;
  context ??= new AudioContext();
  if (context.state === 'suspended') context.resume().catch(() => {});
  if (context.state !== 'running') return;
  TONES.forEach((tone, place) => play(tone, context.currentTime + place * LENGTH));
}

function play(frequency, start) {
  const [oscillator, gain] = [context.createOscillator(), context.createGain()];
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + LENGTH * 2);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + LENGTH * 2);
}
