/* SPDX-License-Identifier: GPL-2.0-or-later */
/* jansson, with the clean-up attribute for its values. */
#ifndef NUMARIG_BASE_JSON_H
#define NUMARIG_BASE_JSON_H

#include <jansson.h>

static inline void auto_json_(json_t **j)
{
	json_decref(*j);
}

#define auto_json __attribute__((cleanup(auto_json_))) /* json_t * */

#endif
