#include "wookie/model/topology.h"

#include <criterion/criterion.h>

static struct wk_cidr cidr(uint32_t base, unsigned bits)
{
	return (struct wk_cidr){.base = base, .bits = bits};
}

Test(topology, ranges_contain_and_overlap)
{
	struct wk_cidr pods = cidr(0x0a2a0000, 16);
	struct wk_cidr part = cidr(0x0a2a8000, 17);
	struct wk_cidr next = cidr(0x0a2b0000, 16);
	struct wk_cidr all = cidr(0, 0);

	cr_assert(wk_cidr_contains(&pods, 0x0a2affff));
	cr_assert_not(wk_cidr_contains(&pods, 0x0a2b0000));
	cr_assert(wk_cidr_overlap(&pods, &part));
	cr_assert(wk_cidr_overlap(&part, &pods));
	cr_assert_not(wk_cidr_overlap(&pods, &next));
	cr_assert(wk_cidr_overlap(&all, &next));
}

Test(topology, the_bridge_takes_the_first_address_that_no_cluster_has)
{
	struct wk_cluster clusters[] = {{.ip = 0xac180001}, {.ip = 0xac180002}};
	struct wk_topology topology = {
		.wire = cidr(0xac180000, 16), .clusters = clusters, .n_clusters = 2};
	char text[16];

	cr_assert_eq(wk_topology_bridge_ip(&topology), 0xac180003u);
	wk_cidr_host(&topology.wire, 10, text);
	cr_assert_str_eq(text, "172.24.0.10");
}
