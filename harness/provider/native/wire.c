/*
 * The wire between the clusters
 *
 * Links, addresses and routes by netlink, without a program in between. The bridge lives in a
 * network namespace that only the keeper holds; nothing leads out of it, so no packet of a mesh can
 * leave the machine, and two meshes may use the same addresses.
 */
#include "wookie/provider/native/wire.h"

#include <errno.h>
#include <net/if.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <stdio.h>
#include <string.h>

#include "wookie/base/mem.h"

#define BRIDGE "wire"

static inline void free_socket_cleanup(struct nl_sock **sock)
{
	if (*sock)
		nl_socket_free(*sock);
}

static inline void put_link_cleanup(struct rtnl_link **link)
{
	if (*link)
		rtnl_link_put(*link);
}

static inline void put_addr_cleanup(struct rtnl_addr **addr)
{
	if (*addr)
		rtnl_addr_put(*addr);
}

static inline void put_nl_addr_cleanup(struct nl_addr **addr)
{
	if (*addr)
		nl_addr_put(*addr);
}

static inline void put_route_cleanup(struct rtnl_route **route)
{
	if (*route)
		rtnl_route_put(*route);
}

/* libnl counts its errors down from zero and says them in words of its own. */
static bool fail(int rc, const char *what, struct wk_err *err)
{
	return wk_err_set(err, WK_ERR_MISSING, "%s: %s; run 'wookie-conform preflight'", what,
		nl_geterror(rc));
}

static struct nl_sock *connect_route(struct wk_err *err)
{
	struct nl_sock *sock = nl_socket_alloc();
	int rc = sock ? nl_connect(sock, NETLINK_ROUTE) : -NLE_NOMEM;

	if (rc == 0)
		return sock;
	(void)fail(rc, "rtnetlink", err);
	free_socket_cleanup(&sock);
	return NULL;
}

/* Sets a link up and, where `master` is not 0, ties it to a bridge. */
static bool link_up(struct nl_sock *sock, const char *name, int master, struct wk_err *err)
{
	struct rtnl_link *WK_AUTO(put_link) link = NULL;
	struct rtnl_link *WK_AUTO(put_link) change = rtnl_link_alloc();
	int rc = rtnl_link_get_kernel(sock, 0, name, &link);

	if (rc < 0)
		return fail(rc, name, err);
	rtnl_link_set_flags(change, IFF_UP);
	if (master)
		rtnl_link_set_master(change, master);
	rc = rtnl_link_change(sock, link, change, 0);
	return rc < 0 ? fail(rc, name, err) : true;
}

static bool link_index(struct nl_sock *sock, const char *name, int *ret, struct wk_err *err)
{
	struct rtnl_link *WK_AUTO(put_link) link = NULL;
	int rc = rtnl_link_get_kernel(sock, 0, name, &link);

	if (rc < 0)
		return fail(rc, name, err);
	*ret = rtnl_link_get_ifindex(link);
	return true;
}

static bool add_address(
	struct nl_sock *sock, const char *name, uint32_t ip, unsigned bits, struct wk_err *err)
{
	struct nl_addr *WK_AUTO(put_nl_addr) local = NULL;
	struct rtnl_addr *WK_AUTO(put_addr) addr = rtnl_addr_alloc();
	char host[16];
	char text[24];
	int index = 0;
	int rc;

	wk_ip_format(ip, host);
	(void)snprintf(text, sizeof(text), "%s/%u", host, bits);
	if (!link_index(sock, name, &index, err))
		return false;
	rc = nl_addr_parse(text, AF_INET, &local);
	if (rc < 0)
		return fail(rc, text, err);
	rtnl_addr_set_ifindex(addr, index);
	rc = rtnl_addr_set_local(addr, local);
	if (rc == 0)
		rc = rtnl_addr_add(sock, addr, 0);
	return rc < 0 ? fail(rc, text, err) : true;
}

static bool add_route(
	struct nl_sock *sock, const char *name, const char *to, uint32_t via, struct wk_err *err)
{
	struct nl_addr *WK_AUTO(put_nl_addr) subnet = NULL;
	struct nl_addr *WK_AUTO(put_nl_addr) gateway = NULL;
	struct rtnl_route *WK_AUTO(put_route) route = rtnl_route_alloc();
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	char host[16];
	int index = 0;
	int rc;

	wk_ip_format(via, host);
	/* The route owns its next hop from here on. */
	rtnl_route_add_nexthop(route, hop);
	if (!link_index(sock, name, &index, err))
		return false;
	rc = nl_addr_parse(to, AF_INET, &subnet);
	if (rc == 0)
		rc = nl_addr_parse(host, AF_INET, &gateway);
	if (rc == 0)
		rc = rtnl_route_set_dst(route, subnet);
	if (rc < 0)
		return fail(rc, host, err);
	rtnl_route_nh_set_ifindex(hop, index);
	rtnl_route_nh_set_gateway(hop, gateway);
	rc = rtnl_route_add(sock, route, NLM_F_CREATE);
	return rc < 0 ? fail(rc, to, err) : true;
}

/* Clusters of one network reach each other's pods, as in a cloud's common network. */
static bool add_pod_routes(struct nl_sock *sock, const char *name,
	const struct wk_topology *topology, size_t cluster, struct wk_err *err)
{
	const struct wk_cluster *own = &topology->clusters[cluster];

	for (size_t i = 0; i < topology->n_clusters; i++) {
		const struct wk_cluster *other = &topology->clusters[i];

		if (other != own && strcmp(other->network, own->network) == 0 &&
			!add_route(sock, name, other->pods.text, other->ip, err))
			return false;
	}
	return true;
}

bool wk_wire_make(const struct wk_topology *topology, struct wk_err *err)
{
	struct nl_sock *WK_AUTO(free_socket) sock = connect_route(err);
	struct rtnl_link *WK_AUTO(put_link) bridge = rtnl_link_bridge_alloc();
	int rc;

	if (!sock)
		return false;
	rtnl_link_set_name(bridge, BRIDGE);
	rc = rtnl_link_add(sock, bridge, NLM_F_CREATE | NLM_F_EXCL);
	if (rc < 0)
		return fail(rc, "making the wire's bridge", err);
	return link_up(sock, "lo", 0, err) && link_up(sock, BRIDGE, 0, err) &&
	       add_address(sock, BRIDGE, wk_topology_bridge_ip(topology), topology->wire.bits, err);
}

bool wk_wire_join(size_t cluster, pid_t node, struct wk_err *err)
{
	struct nl_sock *WK_AUTO(free_socket) sock = connect_route(err);
	char name[16];
	int bridge = 0;
	int rc;

	if (!sock || !link_index(sock, BRIDGE, &bridge, err))
		return false;
	(void)snprintf(name, sizeof(name), "node%u", (unsigned)cluster);
	rc = rtnl_link_veth_add(sock, name, "eth0", node);
	if (rc < 0)
		return fail(rc, "making a node's cable (veth)", err);
	return link_up(sock, name, bridge, err);
}

bool wk_wire_plug(const struct wk_topology *topology, size_t cluster, struct wk_err *err)
{
	struct nl_sock *WK_AUTO(free_socket) sock = connect_route(err);

	return sock && link_up(sock, "lo", 0, err) && link_up(sock, "eth0", 0, err) &&
	       add_address(
		       sock, "eth0", topology->clusters[cluster].ip, topology->wire.bits, err) &&
	       add_route(sock, "eth0", "0.0.0.0/0", wk_topology_bridge_ip(topology), err) &&
	       add_pod_routes(sock, "eth0", topology, cluster, err);
}
