/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions and accesses that can be counted by hand, each between the mark that begins an interval and the one that
 * closes it (harness/wire/mark.h). tests/e2e/trace.sh has the numbers. The code runs wherever it is copied to.
 *
 *	rdi	name of the interval		r8	the data		r9	the data's second page
 */
	.macro mark op
	.byte 0x0f, 0x1f, 0x84, 0x00
	.long 0x4e524700 | \op
	.endm

	.macro case name
	.globl case_\name, case_end_\name
case_\name:
	mark 1
	.endm

	.macro done name
	mark 2
	ret
case_end_\name:
	.endm

	.text
	case nothing
	done nothing

	case load /* 1 + 3 * 1000 */
	mov $1000, %ecx
1:	mov (%r8), %rax
	dec %ecx
	jnz 1b
	done load

	case store
	mov $1000, %ecx
1:	mov %rax, 8(%r8)
	dec %ecx
	jnz 1b
	done store

	/* a word in each of two bytes' width, over an 8-byte border */
	case misaligned
	mov $100, %ecx
1:	mov 13(%r8), %rax
	mov %rax, 29(%r8)
	dec %ecx
	jnz 1b
	done misaligned

	/* its first byte is in the first page, its last in the second */
	case crossing
	mov $100, %ecx
1:	mov -4(%r9), %rax
	mov %eax, -2(%r9)
	dec %ecx
	jnz 1b
	done crossing

	case atomic
	mov $100, %ecx
1:	lock incl (%r8)
	xchg %rax, 8(%r8)
	lock xadd %rdx, 16(%r8)
	dec %ecx
	jnz 1b
	done atomic

	/* the first fails, the second does not */
	case cmpxchg
	movq $1, (%r8)
	xor %eax, %eax
	lock cmpxchg %rdx, (%r8)
	lock cmpxchg %rdx, (%r8)
	done cmpxchg

	case rep_movsb
	mov %r8, %rsi
	mov %r9, %rdx
	mov %rdi, %r10
	mov %r9, %rdi
	mov $300, %ecx
	rep movsb
	mov %r10, %rdi
	done rep_movsb

	case rep_stosq
	mov %rdi, %r10
	mov %r8, %rdi
	mov $64, %ecx
	rep stosq
	mov %r10, %rdi
	done rep_stosq

	case fxsave
	fxsave (%r8)
	done fxsave

	case fxrstor
	fxrstor (%r8)
	done fxrstor

	case vector
	movups (%r8), %xmm0
	movaps %xmm0, 16(%r8)
	done vector

	/* r9 is a page that nobody touched: the store faults, the kernel comes in, and it runs again */
	case fault
	nop
	nop
	movq $1, (%r9)
	nop
	nop
	done fault

	/* read, then written: two faults */
	case faults
	nop
	mov (%r9), %rax
	nop
	movq $1, (%r9)
	addq $1, 64(%r9)
	done faults

	/* the first maps the zero page, the second reads it, faults, and reads the page it was given */
	case refault
	mov (%r9), %rax
	addq $1, (%r9)
	done refault

	/* of 64 bytes before the end of a page and behind it: nop is one byte */
	case long
	.rept 200
	nop
	.endr
	done long

	case stack
	mov %rsp, %rax
	lea 2048(%r8), %rsp
	push %rax
	pop %rdx
	call 1f
1:	pop %rdx
	push %rdx
	add $8, %rsp
	mov %rax, %rsp
	done stack

	.section .note.GNU-stack, "", @progbits
