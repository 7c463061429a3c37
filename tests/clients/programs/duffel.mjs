// The trade's own JavaScript client against a running API: every call, and what it means.
//
// Usage: node duffel.mjs BASE_URL TOKEN ORIGIN DESTINATION DATE [HOST]
// `@duffel/api` must be found from here (NODE_PATH is not searched by modules: install it beside, or
// run with a `node_modules` above). Prints one line of JSON with what was seen; exits 1 and says
// why when something is not as it must be. HOST is where this program listens for webhooks; without
// it webhooks are made, changed and ended, but nothing is waited for.

import assert from 'node:assert/strict'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { Duffel, DuffelError } from '@duffel/api'

const [basePath, token, origin, destination, date, host] = process.argv.slice(2)
const WAIT_MS = 20_000
const duffel = new Duffel({ token, basePath })
const seen = {}

const person = (passenger, place) => ({
  id: passenger.id,
  title: 'ms',
  given_name: 'Ada',
  family_name: 'Stone' + 'abcdefghi'[place],
  gender: 'f',
  born_on: '1990-01-02',
  email: 'ada@example.org',
  phone_number: '+442080160509',
})

const cents = (amount) => Math.round(Number(amount) * 100)

const refused = async (call) => {
  try {
    await call()
  } catch (error) {
    assert.ok(error instanceof DuffelError, `not an error of the API: ${error}`)
    return error
  }
  throw new assert.AssertionError({ message: 'the call should have been refused' })
}

async function search() {
  const { data } = await duffel.offerRequests.create({
    slices: [{ origin, destination, departure_date: date }],
    passengers: [{ type: 'adult' }],
    cabin_class: 'economy',
    return_offers: true,
  })
  assert.ok(data.offers.length > 0, 'no offers')
  for (const offer of data.offers) {
    assert.equal(cents(offer.total_amount), cents(offer.base_amount) + cents(offer.tax_amount))
    const [trip] = offer.slices
    assert.equal(trip.origin.iata_code, origin)
    assert.equal(trip.destination.iata_code, destination)
    assert.ok(trip.segments[0].departing_at.startsWith(date), 'another day')
  }
  return data
}

async function places() {
  const { data: suggested } = await duffel.suggestions.list({ query: origin })
  assert.ok(suggested.some((place) => place.iata_code === origin))
  const { data: airports, meta } = await duffel.airports.list({ limit: 2 })
  assert.equal(airports.length, 2)
  assert.ok(meta.after)
  const { data: next } = await duffel.airports.list({ limit: 2, after: meta.after })
  assert.notEqual(next[0].id, airports[0].id)
  assert.equal((await duffel.airports.get(airports[0].id)).data.id, airports[0].id)
  const { data: airlines } = await duffel.airlines.list({ limit: 1 })
  assert.equal((await duffel.airlines.get(airlines[0].id)).data.name, airlines[0].name)
  await duffel.aircraft.list({ limit: 1 })
  seen.places = suggested.length
}

async function offers() {
  const request = await search()
  const again = await duffel.offerRequests.get(request.id)
  assert.equal(again.data.id, request.id)
  const { data: listed } = await duffel.offers.list({
    offer_request_id: request.id,
    sort: 'total_amount',
  })
  const amounts = listed.map((offer) => Number(offer.total_amount))
  assert.deepEqual(amounts, [...amounts].sort((one, other) => one - other))
  let walked = 0
  for await (const page of duffel.offers.listWithGenerator({ offer_request_id: request.id })) {
    assert.ok(page.data.id)
    walked += 1
  }
  assert.equal(walked, request.offers.length)
  const offer = listed[0]
  const { data: read } = await duffel.offers.get(offer.id, { return_available_services: true })
  assert.equal(read.total_amount, offer.total_amount)
  assert.ok(Array.isArray(read.available_services))
  const { data: priced } = await duffel.offers.getPriced(offer.id, {
    intended_payment_methods: [],
    intended_services: [],
  })
  assert.equal(priced.total_amount, offer.total_amount)
  const named = await duffel.offers.update(offer.id, offer.passengers[0].id, {
    given_name: 'Ada',
    family_name: 'Stone',
    loyalty_programme_accounts: [],
  })
  assert.equal(named.data.given_name, 'Ada')
  seen.offers = request.offers.length
}

function freeSeats(maps) {
  return maps
    .flatMap((map) => map.cabins)
    .flatMap((cabin) => cabin.rows)
    .flatMap((row) => row.sections)
    .flatMap((section) => section.elements)
    .filter((element) => element.type === 'seat' && element.available_services.length > 0)
}

async function instant() {
  const [offer] = (await search()).offers
  const { data: maps } = await duffel.seatMaps.get({ offer_id: offer.id })
  const [seat] = freeSeats(maps)
  const services = seat ? [seat.available_services[0]] : []
  const due = [offer, ...services].reduce((sum, one) => sum + cents(one.total_amount), 0)
  const { data: order } = await duffel.orders.create({
    type: 'instant',
    selected_offers: [offer.id],
    passengers: offer.passengers.map(person),
    services: services.map(({ id }) => ({ id, quantity: 1 })),
    payments: [
      { type: 'balance', amount: (due / 100).toFixed(2), currency: offer.total_currency },
    ],
    metadata: { made_by: 'duffel.mjs' },
  })
  assert.equal(cents(order.total_amount), due)
  assert.equal(order.booking_reference.length, 6)
  assert.equal(order.payment_status.awaiting_payment, false)
  assert.ok(order.documents.length > 0)
  if (seat) {
    assert.equal(order.services[0].metadata.designator, seat.designator)
    assert.equal(order.slices[0].segments[0].passengers[0].seat.designator, seat.designator)
    const { data: now } = await duffel.seatMaps.get({ offer_id: offer.id })
    assert.ok(!freeSeats(now).some((one) => one.designator === seat.designator), 'sold twice')
  }
  const { data: changed } = await duffel.orders.update(order.id, { metadata: { a: '1' } })
  assert.deepEqual(changed.metadata, { a: '1' })
  await duffel.orders.getAvailableServices(order.id)
  const { data: found } = await duffel.orders.list({
    booking_reference: order.booking_reference,
    'passenger_name[]': ['Stonea'],
  })
  assert.deepEqual(found.map((one) => one.id), [order.id])
  const again = await refused(() =>
    duffel.orders.create({
      type: 'instant',
      selected_offers: [offer.id],
      passengers: offer.passengers.map(person),
      payments: [
        { type: 'balance', amount: offer.total_amount, currency: offer.total_currency },
      ],
    }),
  )
  assert.equal(again.errors[0].type, 'airline_error')
  assert.equal(again.meta.status, 422)
  assert.ok(again.meta.request_id)
  await cancel(order)
  seen.instant = order.booking_reference
}

async function hold() {
  const offer = (await search()).offers.find(
    (one) => !one.payment_requirements.requires_instant_payment,
  )
  if (!offer) return
  const { data: order } = await duffel.orders.create({
    type: 'pay_later',
    selected_offers: [offer.id],
    passengers: offer.passengers.map(person),
  })
  assert.equal(order.payment_status.awaiting_payment, true)
  const { data: payment } = await duffel.payments.create({
    order_id: order.id,
    payment: { type: 'balance', amount: order.total_amount, currency: order.total_currency },
  })
  assert.equal(payment.amount, order.total_amount)
  const { data: paid } = await duffel.orders.get(order.id)
  assert.equal(paid.payment_status.awaiting_payment, false)
  await cancel(order)
  seen.hold = order.booking_reference
}

async function change() {
  const offer = (await search()).offers.find(
    (one) => one.conditions.change_before_departure?.allowed,
  )
  if (!offer) return
  const { data: order } = await duffel.orders.create({
    type: 'instant',
    selected_offers: [offer.id],
    passengers: offer.passengers.map(person),
    payments: [
      { type: 'balance', amount: offer.total_amount, currency: offer.total_currency },
    ],
  })
  const later = new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10)
  const { data: request } = await duffel.orderChangeRequests.create({
    order_id: order.id,
    slices: {
      add: [{ origin, destination, departure_date: later }],
      remove: [{ slice_id: order.slices[0].id }],
    },
  })
  const { data: found } = await duffel.orderChangeOffers.list({
    order_change_request_id: request.id,
  })
  assert.equal(found.length, request.order_change_offers.length)
  assert.ok(found.length > 0, 'nothing to change to')
  await duffel.orderChangeOffers.get(found[0].id)
  const { data: chosen } = await duffel.orderChanges.create({
    selected_order_change_offer: found[0].id,
  })
  const { data: done } = await duffel.orderChanges.confirm(chosen.id, {
    payment: {
      type: 'balance',
      amount: chosen.change_total_amount,
      currency: chosen.change_total_currency,
    },
  })
  assert.ok(done.confirmed_at)
  assert.equal((await duffel.orderChanges.get(chosen.id)).data.id, chosen.id)
  const { data: changed } = await duffel.orders.get(order.id)
  assert.equal(changed.total_amount, chosen.new_total_amount)
  const due = cents(order.total_amount) + cents(chosen.change_total_amount)
  assert.equal(cents(changed.total_amount), due)
  assert.ok(changed.slices[0].segments[0].departing_at.startsWith(later))
  await cancel(changed)
  seen.change = order.booking_reference
}

function refundable(order) {
  const terms = order.conditions.refund_before_departure
  if (!terms?.allowed) return 0
  return cents(order.total_amount) - cents(terms.penalty_amount ?? '0')
}

async function cancel(order) {
  const { data: quote } = await duffel.orderCancellations.create({ order_id: order.id })
  assert.equal(quote.confirmed_at, null)
  assert.equal(cents(quote.refund_amount), refundable(order))
  const { data: done } = await duffel.orderCancellations.confirm(quote.id)
  assert.ok(done.confirmed_at)
  assert.equal((await duffel.orderCancellations.get(quote.id)).data.id, quote.id)
  const { data: listed } = await duffel.orderCancellations.list({ order_id: order.id })
  assert.deepEqual(listed.map((one) => one.id), [quote.id])
  const { data: found } = await duffel.orders.get(order.id)
  assert.ok(found.cancelled_at)
  const again = await refused(() => duffel.orderCancellations.create({ order_id: order.id }))
  assert.equal(again.errors[0].code, 'already_cancelled')
}

function isSigned(secret, header, body) {
  const [, at, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header)
  const due = createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex')
  return timingSafeEqual(Buffer.from(due), Buffer.from(given))
}

async function listening() {
  const got = []
  const server = createServer((request, response) => {
    const parts = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      got.push({ header: request.headers['x-duffel-signature'], body: Buffer.concat(parts) })
      response.end('{}')
    })
  })
  await new Promise((resolve) => server.listen(0, host, resolve))
  return { got, server, url: `http://${host}:${server.address().port}/hook` }
}

async function webhooks() {
  const hook = host ? await listening() : { got: [], url: 'https://hooks.example.org/hook' }
  const { data: made } = await duffel.webhooks.create({
    url: hook.url,
    events: ['order.created', 'payment.created'],
  })
  assert.ok(made.secret)
  const { data: listed } = await duffel.webhooks.list({})
  assert.ok(listed.some((one) => one.id === made.id))
  await duffel.webhooks.ping(made.id)
  if (host) await delivered(hook, made)
  const changed = await duffel.webhooks.update(made.id, {
    active: false,
    events: ['order.created'],
    url: hook.url,
  })
  assert.equal(changed.data.active, false)
  await duffel.webhooks.delete(made.id)
  hook.server?.close()
  seen.webhooks = hook.got.length
}

async function delivered(hook, made) {
  const end = Date.now() + WAIT_MS
  while (hook.got.length === 0 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const [first] = hook.got
  assert.ok(first, 'no delivery came')
  assert.ok(isSigned(made.secret, first.header, first.body), 'the signature is wrong')
  const event = JSON.parse(first.body)
  assert.equal((await duffel.webhooks.get(event.id)).data.id, event.id)
  await duffel.webhooks.redeliver(event.id)
  const { data: tries } = await duffel.webhooks.listDeliveries({ endpoint_id: made.id })
  assert.ok(tries.length > 0)
}

for (const step of [places, offers, instant, hold, change, webhooks]) await step()
console.log(JSON.stringify(seen))
