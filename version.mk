# SPDX-License-Identifier: GPL-2.0
PARTBUS_VERSION := 0.1.0
