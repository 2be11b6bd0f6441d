package orders

import (
	"math/rand/v2"
	"time"
)

// seedSize is the number of orders in the seed.
const seedSize = 4096

var (
	// seedStart lies before the year 2000, where the fake clock of
	// testing/synctest begins: a version from the future counts as unsettled.
	seedStart = time.Date(1977, time.May, 25, 20, 0, 0, 0, time.UTC)
	seedStep  = 13 * time.Hour

	seedCustomers = []string{
		"Ackbar", "Ahsoka", "Amidala", "Boba", "Cassian", "Chewbacca", "Dooku", "Finn",
		"Greedo", "Han", "Jabba", "Jyn", "Lando", "Leia", "Luke", "Maul",
		"Mon Mothma", "Obi-Wan", "Poe", "Qui-Gon", "Rey", "Tarkin", "Wedge", "Yoda",
	}
	seedItems = []string{
		"C-3PO", "R2-D2", "BB-8", "K-2SO", "IG-11", "R5-D4", "4-LOM", "L3-37",
		"Speeder bike", "Landspeeder", "Hyperdrive motivator", "Moisture vaporator",
		"Power converter", "Hydrospanner", "Restraining bolt", "Bacta patch",
	}
)

// Seed returns the orders that every store begins with. They are the same on
// every machine and in every process, dated in the past, in ascending order of
// ID, Updated and Version, each of which is unique. Order 1 has version 1.
//
// The caller owns the slice.
func Seed() []Order {
	// A generator with a specified algorithm and fixed seed: a new Go release
	// gives the same orders, hence the same tags.
	random := rand.New(rand.NewPCG(1977, 4))
	seed := make([]Order, seedSize)
	for i := range seed {
		seed[i] = Order{
			ID:       int64(i + 1),
			Customer: seedCustomers[random.IntN(len(seedCustomers))],
			Item:     seedItems[random.IntN(len(seedItems))],
			Quantity: 1 + random.IntN(9),
			Updated:  seedStart.Add(time.Duration(i) * seedStep),
			Version:  int64(i + 1),
		}
	}
	seed[0].Customer, seed[0].Item, seed[0].Quantity = "Luke", "C-3PO", 1
	return seed
}
