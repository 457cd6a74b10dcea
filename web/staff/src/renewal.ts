// A new build has taken the place of the one that this page is of: pieces that are loaded when needed are gone from the server.
// What was to be opened is opened anew, once; on a page where somebody is at work he is told to do that himself.
import { ref } from 'vue'
import type { Router } from 'vue-router'

import { i18n } from './i18n'
import { tell } from './toast'

const KEY = 'zhicheng.renewed'

/** What to say where a page should stand that could not be loaded. */
export const missing = ref('')

/** Does the server have another build than this page's? Not when it cannot be asked. */
async function isReplaced(): Promise<boolean> {
  const own = document.querySelector('script[type=module][src]')?.getAttribute('src')
  const page = await fetch('/', { cache: 'no-store' }).then((answer) => (answer.ok ? answer.text() : ''), () => '')
  return !!own && page.includes('<div id="app">') && !page.includes(own)
}

export function watchBuild(router: Router, open: (address: string) => void = (address) => location.assign(address)): void {
  const { t } = i18n.global
  const renewed = sessionStorage.getItem(KEY) // what this page was opened anew for
  sessionStorage.removeItem(KEY)
  if (renewed !== null) tell(t('app.renewed'))
  const asked = new WeakMap<Error, string>() // errors of pages that were asked for
  router.onError((error: Error, to) => asked.set(error, to.fullPath))
  router.afterEach((_to, _from, failure) => {
    if (!failure) missing.value = ''
  })
  const act = (error: Error, replaced: boolean): void => {
    const address = asked.get(error)
    if (replaced && address !== undefined && address !== renewed) {
      sessionStorage.setItem(KEY, address)
      open(address)
      return
    }
    const told = t(replaced ? 'app.replaced' : 'app.missing')
    if (address !== undefined) missing.value = told
    tell(told, 'bad')
  }
  // By then the router has said whether it was a page that was asked for.
  addEventListener('vite:preloadError', (event) => void isReplaced().then((replaced) => setTimeout(() => act(event.payload, replaced))))
}
