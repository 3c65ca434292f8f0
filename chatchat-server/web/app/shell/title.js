import { countNews } from './news.js';

const NAME = 'chatchat';

/**
 * Shows in the title how many conversations have something new.
 * @param {any} chat
 */
export function countInTitle(chat) {
  const stop = countNews(chat, (count) => {
    document.title = count > 0 ? `(${count > 99 ? '99+' : count}) ${NAME}` : NAME;
  });
  return {
    close() {
      stop();
      document.title = NAME;
    },
  };
}
