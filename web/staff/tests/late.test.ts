// Slow lines: keys pressed before there is a row, and answers that come after a newer question.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import { provideForm } from '../src/form/context'
import ViolationField from '../src/form/ViolationField.vue'
import { i18n } from '../src/i18n'
import type { Column, Paged } from '../src/lists/kinds'
import RegisterList from '../src/lists/RegisterList.vue'
import { missing, watchBuild } from '../src/renewal'
import { news } from '../src/toast'

interface Row { id: string; name: string }
const columns: Column<Row>[] = [{ key: 'name', label: 'objects.name', text: (r) => r.name }]
const two: Paged<Row> = { items: [{ id: '1', name: '甲' }, { id: '2', name: '乙' }], next: null }

/** Answers by path and query, given when the test says so. */
const waiting = new Map<string, ((body: unknown) => void)[]>()
vi.stubGlobal('fetch', (input: Request) => new Promise((resolve) => {
  const key = input.url.replace(/^.*\/api\/staff/, '')
  waiting.set(key, [...(waiting.get(key) ?? []), (body) => resolve(new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } }))])
}))
async function answer(key: string, body: unknown): Promise<void> {
  await vi.waitFor(() => expect(waiting.get(key)?.length).toBeTruthy(), 20_000)
  waiting.get(key)!.shift()!(body)
  await flushPromises()
}

beforeEach(() => {
  document.body.innerHTML = ''
  waiting.clear()
  setActivePinia(createPinia())
})

async function press(key: string): Promise<void> {
  ;(document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
  await flushPromises()
}

async function list(): Promise<(page: Paged<Row>) => Promise<void>> {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)', component: { template: '<i/>' } }] })
  await router.push('/here')
  let come!: (page: Paged<Row>) => void
  const load = (): Promise<Paged<Row>> => new Promise((resolve) => (come = resolve))
  mount(RegisterList as never, {
    props: { title: 'T', columns, filters: [{ name: 'term', kind: 'search', label: 'objects.term' }], load, rowKey: (r: Row) => r.id, open: (r: Row) => `/rows/${r.id}` } as never,
    global: { plugins: [router, i18n, createPinia()] }, attachTo: document.body,
  })
  await flushPromises()
  return async (page) => {
    come(page)
    await flushPromises()
  }
}

describe('a list that is slow to come', () => {
  it('keeps a key pressed before there is a row, and begins with the first', async () => {
    const come = await list()
    await press('j')
    await press('j')
    await come(two)
    expect(document.activeElement?.textContent).toBe('甲')
    await press('j')
    expect(document.activeElement?.textContent).toBe('乙')
  })

  it('counts no key where there is nothing', async () => {
    const come = await list()
    await come({ items: [], next: null })
    await press('j')
    await press('r')
    await come(two)
    await press('j')
    expect(document.activeElement?.textContent).toBe('甲')
  })

  it('takes nobody away from what he types meanwhile', async () => {
    const come = await list()
    await press('j')
    document.querySelector<HTMLElement>('input[type=search]')!.focus()
    await come(two)
    expect(document.activeElement?.tagName).toBe('INPUT')
  })
})

describe('the items of a violation', () => {
  it('are those of the category that is chosen, though those of another come later', async () => {
    const category = ref('01')
    const page = mount(
      defineComponent({
        setup() {
          provideForm({ agency: ref(1), category, caseId: ref(null), officers: ref([]), evidence: ref([]), refresh: () => Promise.resolve() })
          return () => h(ViolationField, { id: 'v', value: 'B1', name: '事项' })
        },
      }),
      { global: { plugins: [i18n] }, attachTo: document.body },
    )
    await flushPromises()
    category.value = '02'
    await flushPromises()
    await answer('/items?category=02', [{ code: 'B1', name: '乙', basis: '乙的依据' }])
    await answer('/items?category=01', [{ code: 'A1', name: '甲' }])
    expect(page.text()).toContain('乙的依据')
  })
})

describe('a piece of the client that is gone from the server', () => {
  const opened: string[] = []
  afterEach(() => void vi.restoreAllMocks())
  /** A page of the build /static/old.js; `server`: the entry of the build that the server has, null when it is away. */
  async function lacking(server: string | null, at: '/page' | 'dialog'): Promise<void> {
    opened.length = 0
    news.length = 0
    const own = Object.assign(document.createElement('i'), { getAttribute: () => '/static/old.js' })
    vi.spyOn(document, 'querySelector').mockReturnValue(own) // a script would be loaded
    vi.stubGlobal('fetch', () => (server ? Promise.resolve(new Response(`<div id="app"></div><script src="${server}"></script>`)) : Promise.reject(new TypeError('away'))))
    let hear!: (event: Event) => void
    vi.stubGlobal('addEventListener', (_: string, act: typeof hear) => (hear = act))
    const gone = new TypeError('Failed to fetch dynamically imported module')
    const fails = (): Promise<never> => {
      hear(Object.assign(new Event('vite:preloadError'), { payload: gone }))
      return Promise.reject(gone)
    }
    const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: { template: '<i/>' } }, { path: '/page', component: fails }] })
    watchBuild(router, (address) => opened.push(address))
    await (at === '/page' ? router.push('/page?a=1') : fails()).catch(() => undefined)
    await vi.waitFor(() => expect(opened.length > 0 || news.some((one) => one.kind === 'bad')).toBe(true), 20_000)
  }

  it('is had by opening the page anew, once, and it is said why', async () => {
    sessionStorage.clear()
    await lacking('/static/new.js', '/page')
    expect(opened).toEqual(['/page?a=1'])
    expect(news).toEqual([])
    await lacking('/static/newer.js', '/page')
    expect(opened, 'no second time for the same page').toEqual([])
    expect(news.map((one) => one.text)).toEqual(['网页已更新,您要打开的页面已按新版本重新打开。', expect.stringContaining('再刷新页面')])
    expect(missing.value).toContain('再刷新页面')
  })

  it('takes nobody from a page on which he is at work, and is no new build where the server is away or has this one', async () => {
    sessionStorage.clear()
    await lacking('/static/new.js', 'dialog')
    expect(news.map((one) => one.text)).toEqual([expect.stringContaining('请先保存所填内容')])
    for (const server of ['/static/old.js', null]) {
      await lacking(server, '/page')
      expect(opened).toEqual([])
      expect(news.map((one) => one.text)).toEqual(['这一部分没有取到,请检查网络后重试。'])
    }
  })
})
