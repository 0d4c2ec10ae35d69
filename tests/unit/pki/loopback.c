/*
 * A real TLS server for tests, OpenSSL on both ends, so that what is tested is the client and not a
 * model of it. Every connection gets a process, because a client may keep one open while it makes
 * another.
 */
#include "loopback.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static X509 *read_cert(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return cert;
}

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
	const unsigned char *in, unsigned in_len, void *context)
{
	const char *wanted = context;
	unsigned char *chosen = NULL;
	unsigned char wire[64];

	(void)ssl;
	wire[0] = (unsigned char)strlen(wanted);
	memcpy(wire + 1, wanted, wire[0]);
	if (SSL_select_next_proto(&chosen, out_len, wire, wire[0] + 1U, in, in_len) !=
		OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *make_context(const struct loopback_setup *setup)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	BIO *bio = BIO_new_mem_buf(setup->cert->key_pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	SSL_CTX_use_certificate(ctx, read_cert(setup->cert->cert_pem));
	SSL_CTX_use_PrivateKey(ctx, key);
	if (setup->chain_pem)
		SSL_CTX_add_extra_chain_cert(ctx, read_cert(setup->chain_pem));
	if (setup->client_root_pem) {
		X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), read_cert(setup->client_root_pem));
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	}
	if (setup->max_version)
		SSL_CTX_set_max_proto_version(ctx, setup->max_version);
	if (setup->alpn)
		SSL_CTX_set_alpn_select_cb(ctx, select_alpn, (void *)(uintptr_t)setup->alpn);
	return ctx;
}

static void serve_one(const struct loopback_setup *setup, SSL_CTX *ctx, int fd)
{
	SSL *ssl = SSL_new(ctx);
	char byte;

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) > 0) {
		if (setup->serve)
			setup->serve(ssl, setup->context);
		else
			(void)SSL_read(ssl, &byte, 1);
		(void)SSL_shutdown(ssl);
	}
	(void)close(fd);
	_exit(0);
}

int loopback_listen(int *ret_port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
			  listen(fd, 16) == 0 &&
			  getsockname(fd, (struct sockaddr *)&address, &len) == 0,
		"a port on the loopback interface");
	*ret_port = ntohs(address.sin_port);
	return fd;
}

static void child_of_test(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_IGN);
}

void loopback_start(struct loopback *server, const struct loopback_setup *setup)
{
	int fd = loopback_listen(&server->port);

	server->pid = fork();
	cr_assert(server->pid >= 0);
	if (server->pid > 0) {
		(void)close(fd);
		return;
	}
	child_of_test();

	SSL_CTX *ctx = make_context(setup);

	for (;;) {
		int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (fork() == 0) {
			child_of_test();
			serve_one(setup, ctx, connection);
		}
		(void)close(connection);
	}
}

void loopback_stop(struct loopback *server)
{
	(void)kill(server->pid, SIGKILL);
	(void)waitpid(server->pid, NULL, 0);
}

int loopback_connect(const struct loopback *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)server->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

void loopback_reset(SSL *ssl)
{
	const struct linger now = {.l_onoff = 1};

	(void)setsockopt(SSL_get_fd(ssl), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	(void)close(SSL_get_fd(ssl));
	_exit(0);
}
