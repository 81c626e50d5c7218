// SPDX-License-Identifier: GPL-2.0
/*
 * A guest's interrupts: one for each line of its window.
 *
 * Who rings a line may mean harm, or be broken: a line that is rung again and again
 * with nothing to be found is turned off, listened to by a timer, and turned on again
 * for a trial. How many times in a row that is, patience.h says.
 */
#include <linux/interrupt.h>

#include "guest.h"

#define PERIOD			(HZ / 5)
/* How long a line is off: what else is to be heard on it comes so much later. */
#define OFF			msecs_to_jiffies(20)

static irqreturn_t guest_interrupt(int irq, void *data)
{
	struct pb_guest_vector *v = data;

	if (!pb_patience_over(&v->patience, pb_line_heard(v->line), jiffies, PERIOD))
		return IRQ_HANDLED;
	dev_warn_ratelimited(&v->guest->pdev->dev,
			     "line %td is rung for nothing, it is heard every %u ms for now\n",
			     v - v->guest->vectors, jiffies_to_msecs(OFF));
	/* One that comes before it is masked is kept, and told when it is on again. */
	disable_irq_nosync(irq);
	mod_timer(&v->timer, jiffies + OFF);
	return IRQ_HANDLED;
}

/* The handler is off until enable_irq(), so what it owns may be changed. */
static void vector_on(struct timer_list *t)
{
	struct pb_guest_vector *v = from_timer(v, t, timer);

	pb_patience_trial(&v->patience, pb_line_heard(v->line), jiffies);
	enable_irq(v->irq);
}

static void vector_exit(struct pb_guest_vector *v)
{
	/* The handler arms the timer, the timer turns on: the handler ends first. */
	disable_irq(v->irq);
	del_timer_sync(&v->timer);
	free_irq(v->irq, v);
}

void pb_guest_vector_affine(struct pb_guest *g, u32 line, const struct cpumask *cpus)
{
	/* No CPU of these may be online, and not every kind of interrupt can be moved. */
	irq_set_affinity(g->vectors[line].irq, cpus);
}

int pb_guest_vectors_init(struct pb_guest *g)
{
	struct pci_dev *pdev = g->pdev;
	struct pb_guest_vector *v;
	unsigned int i;
	int ret;

	/* Never more than the host supplies: QEMU aborts on an unmasked vector without one. */
	ret = pci_alloc_irq_vectors(pdev, PARTBUS_LINES, PARTBUS_LINES, PCI_IRQ_MSIX);
	if (ret < 0) {
		dev_err(&pdev->dev, "needs %u MSI-X vectors: give ivshmem-doorbell vectors=%u\n",
			PARTBUS_LINES, PARTBUS_LINES);
		return ret;
	}
	for (i = 0; i < PARTBUS_LINES; i++) {
		v = &g->vectors[i];
		v->guest = g;
		v->irq = pci_irq_vector(pdev, i);
		v->line = &g->lines.line[i];
		timer_setup(&v->timer, vector_on, 0);
		pb_patience_renew(&v->patience, jiffies);
		ret = request_irq(v->irq, guest_interrupt, 0, "partbus", v);
		if (ret)
			goto err_free;
	}
	return 0;

err_free:
	while (i--)
		vector_exit(&g->vectors[i]);
	pci_free_irq_vectors(pdev);
	return ret;
}

void pb_guest_vectors_exit(struct pb_guest *g)
{
	unsigned int i;

	for (i = 0; i < PARTBUS_LINES; i++)
		vector_exit(&g->vectors[i]);
	pci_free_irq_vectors(g->pdev);
}
