/** Whether one writes with fingers: Enter makes a line then, and a focus in a field brings up a keyboard. */
export const isTouch = () => matchMedia('(pointer: coarse)').matches;
