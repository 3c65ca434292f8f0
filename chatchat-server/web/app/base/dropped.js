/** Whether something that is dragged over the page holds files. @param {DragEvent} event */
export const hasFiles = ({ dataTransfer }) => [...(dataTransfer?.types ?? [])].includes('Files');

/**
 * A file that is dropped where nobody takes it would be shown in the place of the page.
 * @param {AbortSignal} signal ends it
 */
export function refuseDropped(signal) {
  for (const type of ['dragover', 'drop']) addEventListener(type, refuse, { signal });
}

function refuse(event) {
  if (event.defaultPrevented || !hasFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = 'none';
}
