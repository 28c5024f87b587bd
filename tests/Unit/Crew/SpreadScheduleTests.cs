// A guest on several processors that do whatever comes to a generator's mind, each for itself: what is sent arrives,
// nobody waits for ever, and nothing of it is left. MINUSONE_SEEDS: so many seeds, and not what a few seconds allow.

using System;
using System.Diagnostics;
using System.Threading;
using MinusOne.Tests.Model;
using Xunit;
using static MinusOne.Tests.Unit.Crew.SpreadGuest;

namespace MinusOne.Tests.Unit.Crew;

public unsafe class SpreadScheduleTests
{
    private const int Count = 3;
    private const int Steps = 40;
    private const int Seconds = 5;

    [Fact]
    public void WhateverTheyDoItArrives()
    {
        int most = int.TryParse(Environment.GetEnvironmentVariable("MINUSONE_SEEDS"), out int given) ? given : 0;
        var time = Stopwatch.StartNew();
        for (int seed = 1; most != 0 ? seed <= most : time.Elapsed.TotalSeconds < Seconds; seed++)
        {
            try
            {
                new Schedule(seed).Run();
            }
            catch (Exception failure)
            {
                Assert.Fail($"seed {seed}: {failure}");
            }
        }
    }

    private sealed class Schedule(int seed)
    {
        private const byte FirstVector = 0x40;
        private const ulong FirstPage = 0x10_0000;
        private const int Pages = 200;

        // What was sent, by sender and receiver, and how much of it there was when it arrived last.
        private readonly int[] _sent = new int[Count * Count];
        private readonly int[] _arrived = new int[Count * Count];

        // Those that have halted until somebody sends something, their number, and how many have done all.
        private readonly int[] _waits = new int[Count];
        private int _halted;
        private int _done;

        public void Run()
        {
            using CrewMachine crew = Machine(Count, Prepare, SlowTicks);
            crew.Core.Config->MemoryBytes = 0x20_0000;
            Finish(crew);
            Assert.Equal(_sent, _arrived);
        }

        private void Prepare(ScriptedGuest guest, int number)
        {
            var random = new Random((seed * Count) + number);
            var yields = new Random(~random.Next());
            Cpu.Soft.Vmx.Entering = () => Hesitate(yields);
            Action<ScriptedGuest, GuestEvent> end = guest.Handler;
            guest.Handler = (guest, received) =>
            {
                int sender = received.Vector - FirstVector;
                int pair = (sender * Count) + number;
                Volatile.Write(ref _arrived[pair], Volatile.Read(ref _sent[pair]));
                Volatile.Write(ref _waits[number], 0);
                end(guest, received);
            };
            guest.Then(guest => Play(guest, number, random));
        }

        private void Play(ScriptedGuest guest, int number, Random random)
        {
            Begin(guest, number, Count);
            guest.Sti();
            guest.Nop();
            for (int i = 0; i < Steps; i++)
            {
                Help(guest, number);
                Step(guest, number, random);
            }

            Interlocked.Increment(ref _done);
            Await(guest, () =>
            {
                Help(guest, number);
                return Volatile.Read(ref _done) == Count && Array.TrueForAll(_waits, waits => waits == 0);
            });
            Await(guest, () => _sent.AsSpan().SequenceEqual(_arrived));
            EndOrPark(guest, number);
        }

        private void Step(ScriptedGuest guest, int number, Random random)
        {
            switch (random.Next(6))
            {
                case 0: Tell(guest, number, (number + 1 + random.Next(Count - 1)) % Count); break;
                case 1: Halt(guest, number); break;
                case 2: guest.Cpuid((uint)random.Next(8)); break;
                case 3: guest.Out8(0x80, (byte)random.Next()); break;
                case 4: guest.Spin(1); break;
                default:
                    var place = new Gpa(FirstPage + ((ulong)random.Next(Pages) << 12) + (uint)number);
                    byte value = (byte)random.Next();
                    guest.Write8(place, value);
                    Assert.Equal(value, guest.Read8(place));
                    break;
            }
        }

        // All send something to one that has halted.
        private void Help(ScriptedGuest guest, int number)
        {
            for (int other = 0; other < Count; other++)
            {
                if (other != number && Volatile.Read(ref _waits[other]) != 0)
                {
                    Tell(guest, number, other);
                }
            }
        }

        private void Tell(ScriptedGuest guest, int number, int other)
        {
            Interlocked.Increment(ref _sent[(number * Count) + other]);
            Send(guest, other, 0x4000u + FirstVector + (uint)number);
        }

        // One of them does not.
        private void Halt(ScriptedGuest guest, int number)
        {
            if (Interlocked.Increment(ref _halted) < Count)
            {
                guest.Cli();
                Volatile.Write(ref _waits[number], 1);
                guest.Sti();
                guest.Exit(Exits.Hlt());
                Await(guest, () => Volatile.Read(ref _waits[number]) == 0);
            }

            Interlocked.Decrement(ref _halted);
        }

        private static void Hesitate(Random yields)
        {
            switch (yields.Next(4))
            {
                case 0: Thread.Yield(); break;
                case 1: Thread.SpinWait(yields.Next(2000)); break;
            }
        }
    }
}
