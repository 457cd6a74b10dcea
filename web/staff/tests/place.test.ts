import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'

import { provideForm } from '../src/form/context'
import DocumentField from '../src/form/DocumentField.vue'
import LocationField from '../src/form/LocationField.vue'
import LookupField from '../src/form/LookupField.vue'
import { i18n } from '../src/i18n'

type Got = (place: { coords: { longitude: number; latitude: number } }) => void
type Refused = (error: { code: number }) => void
const plugins = { global: { plugins: [i18n] } }
const located = (how: (got: Got, refused: Refused) => void): void =>
  void Object.defineProperty(navigator, 'geolocation', { configurable: true, value: { getCurrentPosition: how } })
const draw = () => mount(LocationField, { props: { id: 'f', value: null, labelled: 'l' }, ...plugins })

beforeEach(() => setActivePinia(createPinia()))
afterEach(() => vi.unstubAllGlobals())

describe('a place', () => {
  it('is taken from the device with six decimals', async () => {
    located((got) => got({ coords: { longitude: 113.2644, latitude: 23.12911234 } }))
    const field = draw()
    await field.find('button').trigger('click')
    expect(field.emitted('change')).toEqual([[{ lon: '113.264400', lat: '23.129112' }]])
    expect(field.find('[role=alert]').exists()).toBe(false)
  })

  it('says how to allow it when the permission was refused, and something else when the device finds nothing', async () => {
    const told: string[] = []
    for (const code of [1, 3]) {
      located((_, refused) => refused({ code }))
      const field = draw()
      await field.find('button').trigger('click')
      expect(field.emitted('change')).toBeUndefined()
      told.push(field.find('[role=alert]').text())
    }
    expect(told[0]).toContain(i18n.global.t('form.positionRefused'))
    expect(told[1]).toContain(i18n.global.t('form.noPosition'))
  })

  it('can be typed where the browser knows no places', async () => {
    Object.defineProperty(navigator, 'geolocation', { configurable: true, value: undefined })
    const field = draw()
    await field.find('button').trigger('click')
    expect(field.find('[role=alert]').text()).toContain(i18n.global.t('form.noPosition'))
    await field.findAll('input')[0]!.setValue('113.2')
    expect(field.emitted('change')).toEqual([[{ lon: '113.2', lat: '' }]])
  })
})

describe('a look-up', () => {
  const car = { id: 'c1', agency_id: 1, category: '01', plate: 'A12345', plate_color: '2', transport_permit: 'P1', owner_id: null, cases: [] }
  const answer = (vehicles: object[]): void =>
    void vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ parties: [], vehicles, ships: [], practitioners: [] }), { headers: { 'Content-Type': 'application/json' } })))

  it('finds a vehicle of the register and gives its id', async () => {
    answer([car])
    const field = mount(LookupField, { props: { id: 'f', kind: 'vehicle', value: null, labelled: 'l' }, ...plugins })
    await field.find('input').setValue('A12345')
    await field.find('[data-act="look-up"]').trigger('click')
    await vi.waitFor(() => expect(field.find('[data-pick]').exists()).toBe(true), 20_000)
    await field.find('[data-pick]').trigger('click')
    expect(field.emitted('change')).toEqual([['c1']])
  })

  it('says what to do when nothing is found', async () => {
    answer([])
    const field = mount(LookupField, { props: { id: 'f', kind: 'party', value: null, labelled: 'l' }, ...plugins })
    await field.find('[data-act="look-up"]').trigger('click')
    expect(field.find('[role=status]').text()).toBe(i18n.global.t('lookup.empty'))
    await field.find('input').setValue('x')
    await field.find('[data-act="look-up"]').trigger('click')
    await flushPromises()
    await vi.waitFor(() => expect(field.find('[role=status]').text()).toBe(i18n.global.t('lookup.nothing.party')), 20_000)
  })
})

describe('a paper of the case', () => {
  it('is chosen by name and number, and can be looked at', async () => {
    const paper = { id: 'd1', kind: 'D15', name: '行政处罚决定书', number: '粤交罚〔2026〕00001号', state: 'issued' }
    const field = mount(
      defineComponent({
        setup() {
          provideForm({ agency: ref(1), category: ref('01'), caseId: ref('c'), officers: ref([]), evidence: ref([]), papers: ref([paper]), refresh: () => Promise.resolve() })
          return () => h(DocumentField, { id: 'f', value: 'd1', name: '依据的文书', required: false })
        },
      }),
      plugins,
    )
    await flushPromises()
    expect(field.find('[data-act=look-at-paper]').text()).toBe(i18n.global.t('form.lookAt'))
    expect(field.html()).toContain('行政处罚决定书 粤交罚〔2026〕00001号')
  })
})
