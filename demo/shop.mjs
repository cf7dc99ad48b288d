// The demo's story: people, their units, and thirty work orders in all states. Prices in cents, hours as they are told, estimates in
// thousandths of hours. Nobody of this exists.
const person = (first, last, phone, email, more = {}) => ({
  first, last, phone, email, city: 'Los Angeles', region: 'CA', postal: '90015', reach_text: true, reach_mail: true,
  consent_how: 'said yes at the counter', ...more,
});
const company = (last, phone, email, more = {}) => ({ ...person('', last, phone, email, more), company: true });

export const customers = [
  person('Elena', 'Marquez', '310-555-0142', 'customer@demo.test', {
    street: '88 Juniper Court',
    units: [
      { year: 2016, make: 'Subaru', model: 'Outback', submodel: '2.5i', color: 'Green', plate: '7KLM482', plate_region: 'CA', vin: '4S4BSACC0G3240142', usage: 84311 },
      { year: 2009, make: 'Honda', model: 'Fit', color: 'Blue', plate: '6DRT118', plate_region: 'CA', vin: 'JHMGE88409S012345', usage: 151200 },
    ],
  }),
  person('Walter', 'Okafor', '310-555-0117', 'walter.okafor@mail.test', {
    units: [{ year: 2019, make: 'Toyota', model: 'Tacoma', submodel: 'SR5', color: 'Silver', plate: '8B21904', plate_region: 'CA', vin: '3TMCZ5AN0KM245117', usage: 61240 }],
  }),
  company('Sunrise Bakery', '310-555-0163', 'fleet@sunrisebakery.test', {
    authorize_invoice: true, note: 'Vans must be back before 4 AM.',
    units: [
      { year: 2018, make: 'Ford', model: 'Transit 250', color: 'White', plate: '28741K2', plate_region: 'CA', vin: '1FTYR2CM0JKA10163', unit_number: 'Van 3', usage: 118400 },
      { year: 2020, make: 'Ford', model: 'Transit 250', color: 'White', plate: '31566P1', plate_region: 'CA', vin: '1FTBR2Y80LKA20163', unit_number: 'Van 5', usage: 72900 },
      { year: 2014, make: 'Wells Cargo', model: 'Enclosed trailer', serial: true, vin: 'WC200E-55163', unit_number: 'Trailer 1' },
    ],
  }),
  person('Grace', 'Lindqvist', '310-555-0128', 'grace.lindqvist@mail.test', {
    units: [{ year: 2012, make: 'Volvo', model: 'XC70', color: 'Black', plate: '6WQS530', plate_region: 'CA', vin: 'YV4952BL0C1120128', usage: 139870 },
      { year: 2022, make: 'Airstream', model: 'Bambi', serial: true, vin: 'AS-16RB-0128', color: 'Silver', plate: '1TR8834', plate_region: 'CA' }],
  }),
  person('', 'Tran', '310-555-0176', '', {
    reach_mail: false, note: 'No e-mail; call before noon.',
    units: [{ year: 2007, make: 'Nissan', model: 'Sentra', color: 'Red', plate: '5TPL774', plate_region: 'CA', usage: 188450 }],
  }),
  person('Dmitri', 'Volkov', '310-555-0135', 'd.volkov@mail.test', {
    units: [
      { year: 2021, make: 'Tesla', model: 'Model 3', color: 'White', plate: '8XTR201', plate_region: 'CA', vin: '5YJ3E1EA0MF100135', usage: 40120 },
      { year: 1998, make: 'Ford', model: 'Ranger', color: 'Teal', plate: '6H90312', plate_region: 'CA', vin: '1FTYR10C0WPA30135', usage: 203300 },
    ],
  }),
  company('Canyon Landscaping', '310-555-0181', 'office@canyonlandscaping.test', {
    authorize_invoice: true,
    units: [
      { year: 2017, make: 'Chevrolet', model: 'Silverado 2500', color: 'White', plate: '17402X2', plate_region: 'CA', vin: '1GC1CUEG0HF150181', unit_number: '12', usage: 98700 },
      { year: 2015, make: 'Kubota', model: 'SVL75-2', serial: true, vin: 'KBCSVL75-20181', unit_number: 'Loader 2', usage: 2140 },
    ],
  }),
  person('Amara', 'Nwosu', '310-555-0149', 'amara.nwosu@mail.test', {
    units: [{ year: 2015, make: 'Mazda', model: 'CX-5', color: 'Red', plate: '7HGT663', plate_region: 'CA', vin: 'JM3KE2CY0F0480149', usage: 97310 }],
  }),
  person('Harold', 'Beckett', '310-555-0154', 'h.beckett@mail.test', {
    units: [{ year: 2003, make: 'Buick', model: 'LeSabre', color: 'Tan', plate: '5CFA209', plate_region: 'CA', vin: '1G4HP52K034170154', usage: 121650 }],
  }),
  person('Sofia', 'Castellano', '310-555-0192', 'sofia.castellano@mail.test', {
    language: 'es',
    units: [{ year: 2018, make: 'Kia', model: 'Soul', color: 'Yellow', plate: '8DBE447', plate_region: 'CA', vin: 'KNDJN2A20J7530192', usage: 66480 }],
  }),
  person('Jun', 'Takeda', '310-555-0107', 'jun.takeda@mail.test', {
    units: [{ year: 2011, make: 'Toyota', model: 'Prius', color: 'Gray', plate: '6RST905', plate_region: 'CA', vin: 'JTDKN3DU0B0260107', usage: 164220 }],
  }),
  person('Bettina', 'Rowe', '310-555-0170', 'bettina.rowe@mail.test', {
    units: [{ year: 2013, make: 'Jeep', model: 'Wrangler', color: 'Orange', plate: '7BNM310', plate_region: 'CA', vin: '1C4AJWAG0DL550170', usage: 104900 }],
  }),
];

const rate = 14500; // an hour
const done = (task) => ({ ...task, state: 'completed' });
const oil = (extra = {}) => ({ title: 'Oil and filter change', description: 'Drain, new filter, fill with the grade the maker asks for, reset the reminder.', price: 4900, ...extra });
const oilParts = [{ name: 'Oil filter', number: 'PH7317', price: 1150 }, { name: 'Full synthetic oil, quart', n: 5, price: 980 }];
const look = (extra = {}) => ({ title: 'Look over the unit', description: 'Lights, fluids, belts, tires, brakes, leaks.', price: 0, ...extra });
const brakes = (extra = {}) => ({ title: 'Front brakes', description: 'New pads and discs, slides cleaned and greased, road test.', price: 21500, ...extra });
const brakeParts = (task) => [{ name: 'Front brake pads, set', number: 'BP-914', price: 6890, task }, { name: 'Front brake disc', number: 'BD-2207', n: 2, price: 8450, task }];
const waste = ['Hazardous waste', 450];

export const jobs = [
  // ---- Elena's: the portal's story
  {
    customer: 0, title: 'Coolant leak and front brakes', complaint: 'Puddle under the front in the morning, and it squeals when braking.', usage: 84311, comes: -1, due: 1,
    message: 'The radiator itself leaks at the seam. With the brakes this is the whole of it.', authorize: 'pending',
    tasks: [
      done(look({ hours: 0.5, ago: 26, note: 'Radiator leaks at the left seam. Front pads are at 2 mm.', photos: ['bay', 'pad'] })),
      { title: 'Find the coolant leak', description: 'Pressure test, dye, and what it takes to reach the seam.', rate, estimated: 1500, hours: 1.9, ago: 22, state: 'completed', note: 'Pressure falls 4 psi in ten minutes; dye shows at the seam.', photos: ['radiator'], why: 'Forgot to clock on after lunch' },
      { title: 'Replace the radiator', description: 'New radiator, upper and lower hose, bleed the system.', rate, estimated: 2400, state: 'running', note: 'Old radiator is out, new one is in; hoses next.' },
      brakes({ priority: 2 }),
    ],
    parts: [{ name: 'Radiator', number: 'RAD-13425', price: 23800, task: 2 }, { name: 'Radiator hose', n: 2, price: 3120, task: 2 }, { name: 'Coolant, gallon', n: 2, price: 2450, task: 2 }, ...brakeParts(3)],
    fees: [waste],
    note: 'We called the parts store: the discs come tomorrow at nine.',
  },
  {
    customer: 0, title: 'Timing belt service', complaint: 'Due at 105,000 or by age.', comes: 6, due: 8, estimate: true,
    tasks: [{ title: 'Timing belt and water pump', description: 'Belt, tensioner, idlers, pump, thermostat.', price: 62000 }],
    parts: [{ name: 'Timing belt kit with pump', number: 'TBK-328', price: 28900, task: 0 }],
  },
  {
    customer: 0, unit: 1, title: 'Air conditioning blows warm', comes: -9, due: -7, authorize: 'portal', usage: 150900,
    tasks: [done({ title: 'Evacuate, find the leak, refill', description: 'Nitrogen test, new O-rings, refill by weight.', rate, estimated: 1500, hours: 1.4, ago: 170, note: 'Two O-rings at the condenser were flat. Holds now; blows at 44 °F.' })],
    parts: [{ name: 'R-134a, pound', n: 2, price: 1900 }, { name: 'O-ring set', price: 890 }],
    fees: [waste], steps: ['ready', 'complete', 'invoice'],
  },
  {
    customer: 0, unit: 1, title: 'New battery', comes: -30, due: -30, authorize: 'counter',
    tasks: [done({ title: 'Test and replace the battery', description: 'Load test, clean the terminals, new battery.', price: 3500, hours: 0.3, ago: 700, note: 'Old battery held 41 % of its rating.', photos: ['battery'] })],
    parts: [{ name: 'Battery, group 51R', price: 17900 }], fees: [['Battery core', 2200]], steps: ['ready', 'complete', 'invoice'],
  },
  // ---- In progress
  {
    customer: 1, title: 'Water pump noise', complaint: 'Whine that rises with the engine.', comes: -1, due: 0, authorize: 'phone', usage: 61240,
    tasks: [done({ title: 'Find the noise', rate, estimated: 500, hours: 0.6, ago: 5, by: 'priya', note: 'Bearing of the water pump; the belt is cracked too.', photos: ['belt'] }), { title: 'Replace the water pump', description: 'Pump, gasket, belt, coolant.', price: 34000, state: 'running', by: 'priya', priority: 1 }],
    parts: [{ name: 'Water pump', number: 'WP-5018', price: 16400, task: 1 }, { name: 'Serpentine belt', price: 4380, task: 1 }],
    fees: [waste],
  },
  {
    customer: 2, title: 'Brakes and oil, Van 3', complaint: 'Driver says it pulls to the left.', comes: 0, due: 1, usage: 118400,
    tasks: [oil({ state: 'completed', hours: 0.5, ago: 3 }), brakes({ hours: 1.1, ago: 2, note: 'Left caliper slide was stuck; freed and greased.', photos: ['disc'] }), { title: 'Align the front', price: 11900, priority: 3 }],
    parts: [...oilParts, ...brakeParts(1)], fees: [waste], authorize: 'counter',
  },
  {
    customer: 3, title: 'Oil leak at the rear of the engine', complaint: 'Spots in the driveway.', comes: -2, due: 2, usage: 139870, authorize: 'declined',
    tasks: [{ title: 'Find the oil leak', rate, estimated: 1000, hours: 1.3, ago: 20, state: 'completed', note: 'Rear main seal; the valve cover is dry.' }, { title: 'Replace the rear main seal', rate, estimated: 7500 }],
    parts: [{ name: 'Rear main seal', price: 4950, task: 1 }],
  },
  {
    customer: 5, title: 'Tire rotation and cabin filter', comes: 0, due: 0, usage: 40120,
    tasks: [done({ title: 'Rotate and balance four tires', price: 6000, hours: 0.7, ago: 1, note: 'Fronts at 6/32, rears at 5/32.', photos: ['tire'] }), { title: 'Cabin air filter', price: 2500, hours: 0.2, ago: 1 }],
    parts: [{ name: 'Cabin filter', price: 3890, task: 1 }],
  },
  {
    customer: 6, title: 'Clutch slips under load', complaint: 'Towing the loader uphill.', comes: -3, due: 1, usage: 98700, authorize: 'pending', message: 'The flywheel is blue: it should be done while we are in there.',
    tasks: [{ title: 'Remove the gearbox and look', rate, estimated: 3500, hours: 3.9, ago: 18, by: 'priya', state: 'completed', note: 'Disc is down to the rivets, flywheel has heat spots.' }, { title: 'Clutch and flywheel', rate, estimated: 4000 }],
    parts: [{ name: 'Clutch kit', price: 41200, task: 1 }, { name: 'Flywheel', price: 28700, task: 1 }],
  },
  {
    customer: 7, title: 'Check engine light', complaint: 'On since Monday, no other trouble.', comes: 0, due: -0.15, usage: 97310,
    tasks: [{ title: 'Read the codes and test', rate, estimated: 1000, hours: 0.8, ago: 1, note: 'P0442, a small leak in the vapor system. Smoke test is next.', photos: ['dash'] }],
  },
  {
    customer: 9, title: 'Window does not go up', comes: 0, due: 1,
    tasks: [{ title: 'Window regulator, front right', price: 16500, hours: 0.4, ago: 2, by: 'priya', note: 'The cable has come off; the motor is fine.' }],
    parts: [{ name: 'Window regulator', price: 11800, task: 0 }, { name: 'Door clips', own: true }],
  },
  {
    customer: 11, title: 'Steering wanders', comes: -1, due: 1, usage: 104900, authorize: 'phone',
    tasks: [done({ title: 'Check steering and suspension', rate, estimated: 500, hours: 0.5, ago: 24 }), { title: 'Track bar and alignment', price: 24800, hours: 1.2, ago: 3 }],
    parts: [{ name: 'Track bar', price: 13900, task: 1 }],
  },
  // ---- Work required
  { customer: 4, title: 'Starts badly in the morning', complaint: 'Turns over slowly.', comes: 0, due: 1, tasks: [{ title: 'Test battery, starter, alternator', rate, estimated: 700, priority: 1 }] },
  { customer: 8, title: 'Heater stays cold', comes: 0, due: 2, tasks: [{ title: 'Find out why', rate, estimated: 1000 }, oil()], parts: oilParts, fees: [waste] },
  { customer: 10, title: 'Hybrid battery fan is loud', comes: 1, due: 2, estimate: true, tasks: [{ title: 'Clean the fan and its filter', price: 18500 }] },
  { customer: 2, unit: 2, title: 'Trailer lights and bearings', comes: 1, due: 3, tasks: [{ title: 'Rewire the tail lights', rate, estimated: 1500 }, { title: 'Repack the wheel bearings', price: 16000 }], parts: [{ name: 'Trailer light kit', price: 4490, task: 0 }] },
  { customer: 5, unit: 1, title: 'Smog check failed', complaint: 'High NOx.', comes: 2, due: 4, tasks: [{ title: 'Test the EGR system', rate, estimated: 1500 }] },
  // ---- Unit ready
  { customer: 1, title: 'Oil change', comes: -1, due: 0, tasks: [done(oil({ hours: 0.5, ago: 4, by: 'priya' })), done(look({ note: 'All good. Rear tires in about 5,000 miles.' }))], parts: oilParts, fees: [waste], steps: ['ready'] },
  { customer: 6, unit: 1, title: 'Loader: 2,000 hour service', comes: -2, due: 0, authorize: 'counter', tasks: [done({ title: '2,000 hour service', rate, estimated: 4000, hours: 4.2, ago: 6, note: 'Hydraulic return filter had some bronze in it; check again in 100 hours.' })], parts: [{ name: 'Hydraulic filter', price: 8900 }, { name: 'Hydraulic oil, gallon', n: 6, price: 2650 }], fees: [waste], steps: ['ready'] },
  { customer: 7, title: 'Rear wiper motor', comes: -3, due: -1, tasks: [done({ title: 'Replace the rear wiper motor', price: 8900, hours: 0.6, ago: 25 })], parts: [{ name: 'Wiper motor', price: 12700 }], steps: ['ready'] },
  { customer: 9, title: 'Spark plugs', comes: -1, due: 0, tasks: [done({ title: 'Replace the spark plugs', price: 9800, hours: 0.8, ago: 5 })], parts: [{ name: 'Iridium spark plug', n: 4, price: 1890 }], steps: ['ready'] },
  // ---- Ready to submit, submitted
  { customer: 3, title: 'Wheel bearing hums', comes: -4, due: -2, authorize: 'phone', tasks: [done({ title: 'Front left hub', price: 19500, hours: 1.3, ago: 49, photos: ['disc'] })], parts: [{ name: 'Hub with bearing', price: 15400 }], steps: ['ready', 'complete'] },
  { customer: 10, title: 'Water in the passenger footwell', comes: -5, due: -3, tasks: [done({ title: 'Find and seal the leak', rate, estimated: 2000, hours: 1.6, ago: 70, note: 'Sunroof drain was blocked; cleaned all four.' })], steps: ['ready', 'complete'] },
  { customer: 2, unit: 1, title: 'Sliding door and oil, Van 5', comes: -3, due: -1, authorize: 'counter', tasks: [done({ title: 'Sliding door roller', price: 14500, hours: 0.9, ago: 27 }), done(oil({ hours: 0.4, ago: 26 }))], parts: [{ name: 'Door roller', price: 6200 }, ...oilParts], fees: [waste], steps: ['ready', 'complete', 'submit'] },
  { customer: 6, title: 'Trailer brake controller', comes: -6, due: -5, tasks: [done({ title: 'Install the brake controller', price: 18900, hours: 1.5, ago: 120 })], parts: [{ name: 'Brake controller', own: true }], steps: ['ready', 'complete', 'submit'] },
  // ---- Invoiced
  { customer: 8, title: 'Brake fluid and oil', comes: -12, due: -12, tasks: [done(oil({ hours: 0.5, ago: 290 })), done({ title: 'Flush the brake fluid', price: 9900, hours: 0.6, ago: 289 })], parts: [...oilParts, { name: 'Brake fluid, quart', price: 1450, task: 1 }], fees: [waste], steps: ['ready', 'complete', 'invoice'] },
  { customer: 11, title: 'New tires', comes: -20, due: -19, authorize: 'counter', tasks: [done({ title: 'Mount and balance four tires', price: 10000, hours: 1.1, ago: 470, photos: ['tire'] })], parts: [{ name: 'All-terrain tire 255/75R17', n: 4, price: 21900 }], fees: [['Tire disposal', 1400]], steps: ['ready', 'complete', 'invoice'] },
  { customer: 4, title: 'Alternator', comes: -25, due: -24, authorize: 'phone', tasks: [done({ title: 'Replace the alternator', price: 16800, hours: 1.4, ago: 590, note: 'Charges at 14.3 V now.' })], parts: [{ name: 'Alternator, remanufactured', price: 24600 }], fees: [['Core', 5500]], steps: ['ready', 'complete', 'invoice'] },
  // ---- Cancelled
  { customer: 8, title: 'Repaint the hood', comes: 3, due: 9, estimate: true, tasks: [{ title: 'Prepare and paint the hood', price: 78000 }], steps: [['cancel', 'The customer chose to live with it.']] },
  { customer: 9, title: 'Remote starter', comes: 2, due: 2, tasks: [{ title: 'Install a remote starter', price: 29500, state: 'declined', reason: 'Does not fit this model.' }], steps: [['cancel', 'There is none that fits.']] },
];
