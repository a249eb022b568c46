/* source_parts: the kinds of a source, for source.c and source_attest.c alone; each as source.h has it. */
#ifndef TEE_SOURCE_PARTS_H
#define TEE_SOURCE_PARTS_H

#include "tee/source.h"

enum source_result source_configfs_open(struct source *s);
enum source_result source_configfs_quote(struct source *s, struct span report_data,
                                         struct source_answer *answer, int64_t deadline);

/* The device, open; -1: errno. */
int source_device_file(const char *path);
enum source_result source_device_open(struct source *s, struct span report_data, int64_t deadline);
enum source_result source_device_quote(struct source *s, struct source_answer *answer,
                                       int64_t deadline);

enum source_result source_agent_open(struct source *s);
enum source_result source_agent_quote(struct source *s, struct span report_data,
                                      struct source_answer *answer, int64_t deadline);

enum source_result source_agent_attest(struct source *s, struct span report_data,
                                       struct source_answer *answer, int64_t deadline);

enum source_result source_sim_open(struct source *s);
enum source_result source_sim_quote(struct source *s, struct span report_data,
                                    struct source_answer *answer);

/* Is the answer's a quote, and over these report data? */
enum source_result source_judge(struct source *s, struct span report_data,
                                const struct source_answer *answer);

/* `what: reason` as the source's `why`; either may be NULL. Neither is from outside. */
void source_say(struct source *s, const char *what, const char *reason);

/* What errno stands for: SOURCE_ABSENT, SOURCE_DENIED, SOURCE_TIMEOUT or SOURCE_SYSTEM. */
enum source_result source_errno(int error);

#endif
